#include <stdio.h>
#include <stdlib.h>
#include <math.h>
#include <time.h>
#include "lbl.h"
#include "corpus.h"
static struct corpus c; static struct lbl m;
static size_t make(struct example *ex, bool held){ size_t n=0; for(size_t t=0;t<c.n_texts;t++){ if(corpus_is_held_out(t)!=held)continue; for(size_t i=c.start[t];i<c.start[t+1];i++){ size_t before=i-c.start[t]+(t%2==0||i==c.start[t]); if(before>N_CTX)before=N_CTX; ex[n++]=(struct example){c.ids+i,before};}} return n;}
int main(int argc,char**argv){
 size_t texts=(size_t)atoi(argv[2]), epochs=(size_t)atoi(argv[3]), J=(size_t)atoi(argv[4]);
 if(!corpus_make(&c,texts))return 1;
 (void)argc;
 size_t cap=c.start[c.n_texts]+1;
 struct example *tr=malloc(cap*sizeof*tr),*he=malloc(cap*sizeof*he);
 size_t nt=make(tr,false),nh=make(he,true);
 fprintf(stderr,"%zu tokens, %zu train %zu held\n",c.n_tokens,nt,nh);
 struct trainer*t=lbl_trainer_new(&m,J,c.n_tokens);
 uint64_t r=1; 
 for(size_t e=0;e<epochs;e++){ clock_t t0=clock(); for(size_t i=nt-1;i>0;i--){ r=r*6364136223846793005ull+1442695040888963407ull; size_t k=(size_t)((r>>33)%(i+1)); struct example x=tr[i];tr[i]=tr[k];tr[k]=x;}
  double l=0; for(size_t i=0;i+BATCH<=nt;i+=BATCH)l+=lbl_train(t,tr+i);
  double q=0; size_t n=0; for(size_t i=0;i+BATCH<=nh;i+=BATCH){q+=lbl_loss(t,he+i);n+=BATCH;}
  fprintf(stderr,"epoch %zu train %.4f held %.4f  %.1fs\n",e+1,exp(l/(double)nt),exp(q/(double)n),(double)(clock()-t0)/CLOCKS_PER_SEC);}
 FILE*f=fopen(argv[1],"wb"); uint32_t h[4]={(uint32_t)c.n_tokens,D_MODEL,(uint32_t)J,0}; fwrite(h,4,4,f); fwrite(m.w_e,4,c.n_tokens*D_MODEL,f);fwrite(m.w_u,4,c.n_tokens*D_MODEL,f);fwrite(m.b_u,4,c.n_tokens,f);fwrite(m.mix,4,J*D_MODEL,f);
 for(size_t i=0;i<c.n_tokens;i++)fprintf(f,"%.*s\n",(int)c.tokens[i].len,(const char*)c.tokens[i].ptr); fclose(f); return 0;}
