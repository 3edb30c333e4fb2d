/* SPDX-License-Identifier: MIT */
/*
 * families.c - tensor names and habits of the families of models
 */
#include "families.h"

#include <string.h>

const char *part_name(enum part p)
{
	static const char *const names[N_PARTS] = {
		"W_E",		     "W_U",
		"b_U",		     "the final norm's weight",
		"the final norm's bias", "the embedding norm's weight",
		"the embedding norm's bias",
	};

	return names[p];
}

#define MLM_NOTE                                                              \
	"the masked-word head's dense layer and its norm are not stored: "    \
	"hidden vectors are those right before W_U"

/* clang-format off */
const struct family families[] = {
	/* llama, mistral, qwen2, phi, gemma, cohere, granite, olmo2, ... */
	{{"model.embed_tokens.weight embed_tokens.weight",
	  "lm_head.weight",
	  "lm_head.bias",
	  "model.norm.weight norm.weight model.final_layernorm.weight "
	  "final_layernorm.weight model.final_norm.weight "
	  "model.embedding_norm.weight",
	  "model.norm.bias norm.bias model.final_layernorm.bias "
	  "final_layernorm.bias",
	  NULL, NULL}, NULL},
	/* gpt2, gpt_bigcode, gpt-j, gpt-neo, qwen, mpt, dbrx, codegen */
	{{"transformer.wte.weight wte.weight",
	  "lm_head.weight",
	  "lm_head.bias",
	  "transformer.ln_f.weight ln_f.weight transformer.norm_f.weight "
	  "norm_f.weight",
	  "transformer.ln_f.bias ln_f.bias transformer.norm_f.bias "
	  "norm_f.bias",
	  NULL, NULL}, NULL},
	/* gpt-neox, pythia */
	{{"gpt_neox.embed_in.weight embed_in.weight",
	  "embed_out.weight",
	  NULL,
	  "gpt_neox.final_layer_norm.weight final_layer_norm.weight",
	  "gpt_neox.final_layer_norm.bias final_layer_norm.bias",
	  NULL, NULL}, NULL},
	/* opt */
	{{"model.decoder.embed_tokens.weight decoder.embed_tokens.weight",
	  "lm_head.weight",
	  NULL,
	  "model.decoder.final_layer_norm.weight "
	  "decoder.final_layer_norm.weight",
	  "model.decoder.final_layer_norm.bias "
	  "decoder.final_layer_norm.bias",
	  NULL, NULL}, NULL},
	/* bloom, falcon */
	{{"transformer.word_embeddings.weight word_embeddings.weight",
	  "lm_head.weight",
	  NULL,
	  "transformer.ln_f.weight ln_f.weight",
	  "transformer.ln_f.bias ln_f.bias",
	  "transformer.word_embeddings_layernorm.weight "
	  "word_embeddings_layernorm.weight",
	  "transformer.word_embeddings_layernorm.bias "
	  "word_embeddings_layernorm.bias"}, NULL},
	/* internlm2; llama in Meta's own form */
	{{"model.tok_embeddings.weight tok_embeddings.weight",
	  "output.weight",
	  NULL,
	  "model.norm.weight norm.weight",
	  NULL, NULL, NULL}, NULL},
	/* chatglm */
	{{"transformer.embedding.word_embeddings.weight",
	  "transformer.output_layer.weight lm_head.weight",
	  NULL,
	  "transformer.encoder.final_layernorm.weight",
	  NULL, NULL, NULL}, NULL},
	/* mamba */
	{{"backbone.embeddings.weight backbone.embedding.weight",
	  "lm_head.weight",
	  NULL,
	  "backbone.norm_f.weight",
	  "backbone.norm_f.bias",
	  NULL, NULL}, NULL},
	/* rwkv 4 to 7 */
	{{"rwkv.embeddings.weight model.embeddings.weight",
	  "head.weight lm_head.weight",
	  NULL,
	  "rwkv.ln_out.weight model.ln_out.weight model.norm.weight",
	  "rwkv.ln_out.bias model.ln_out.bias model.norm.bias",
	  "rwkv.blocks.0.pre_ln.weight model.blocks.0.pre_ln.weight "
	  "model.layers.0.pre_norm.weight",
	  "rwkv.blocks.0.pre_ln.bias model.blocks.0.pre_ln.bias "
	  "model.layers.0.pre_norm.bias"}, NULL},
	/* bert and its kin: the norm after W_E; the head's own layer is ours
	   to leave out */
	{{("bert.embeddings.word_embeddings.weight "
	   "embeddings.word_embeddings.weight"),
	  "cls.predictions.decoder.weight",
	  "cls.predictions.bias cls.predictions.decoder.bias",
	  NULL, NULL,
	  "bert.embeddings.LayerNorm.weight embeddings.LayerNorm.weight "
	  "bert.embeddings.LayerNorm.gamma embeddings.LayerNorm.gamma",
	  "bert.embeddings.LayerNorm.bias embeddings.LayerNorm.bias "
	  "bert.embeddings.LayerNorm.beta embeddings.LayerNorm.beta"},
	 MLM_NOTE},
	/* roberta, xlm-roberta */
	{{"roberta.embeddings.word_embeddings.weight",
	  "lm_head.decoder.weight",
	  "lm_head.bias lm_head.decoder.bias",
	  NULL, NULL,
	  "roberta.embeddings.LayerNorm.weight",
	  "roberta.embeddings.LayerNorm.bias"}, MLM_NOTE},
	/* distilbert */
	{{"distilbert.embeddings.word_embeddings.weight",
	  "vocab_projector.weight",
	  "vocab_projector.bias",
	  NULL, NULL,
	  "distilbert.embeddings.LayerNorm.weight",
	  "distilbert.embeddings.LayerNorm.bias"}, MLM_NOTE},
	/* albert */
	{{"albert.embeddings.word_embeddings.weight",
	  "predictions.decoder.weight",
	  "predictions.bias predictions.decoder.bias",
	  NULL, NULL,
	  "albert.embeddings.LayerNorm.weight",
	  "albert.embeddings.LayerNorm.bias"}, MLM_NOTE},
	/* modernbert */
	{{("model.embeddings.tok_embeddings.weight "
	   "embeddings.tok_embeddings.weight"),
	  "decoder.weight",
	  "decoder.bias",
	  NULL, NULL,
	  "model.embeddings.norm.weight embeddings.norm.weight",
	  "model.embeddings.norm.bias embeddings.norm.bias"}, MLM_NOTE},
	/* t5, mt5, umt5 */
	{{("shared.weight encoder.embed_tokens.weight "
	   "decoder.embed_tokens.weight"),
	  "lm_head.weight",
	  NULL,
	  "decoder.final_layer_norm.weight",
	  NULL, NULL, NULL}, NULL},
	/* bart, mbart, marian */
	{{("model.shared.weight model.encoder.embed_tokens.weight "
	   "model.decoder.embed_tokens.weight"),
	  "lm_head.weight",
	  "final_logits_bias",
	  "model.decoder.layer_norm.weight",
	  "model.decoder.layer_norm.bias",
	  NULL, NULL}, NULL},
	/* olmo before its port to transformers */
	{{"model.transformer.wte.weight",
	  "model.transformer.ff_out.weight",
	  NULL,
	  "model.transformer.ln_f.weight",
	  "model.transformer.ln_f.bias",
	  NULL, NULL}, NULL},
	/* minGPT */
	{{"tok_emb.weight",
	  "head.weight",
	  NULL,
	  "ln_f.weight",
	  "ln_f.bias",
	  NULL, NULL}, NULL},
	/* model2vec, in its own form and in sentence-transformers' */
	{{"embeddings embedding.weight",
	  NULL, NULL, NULL, NULL, NULL, NULL}, NULL},
};
/* clang-format on */

const size_t n_families = sizeof(families) / sizeof(families[0]);

const struct family family_unknown = {
	{NULL, "lm_head.weight output.weight embed_out.weight", "lm_head.bias",
	 "model.norm.weight norm.weight transformer.ln_f.weight ln_f.weight",
	 "model.norm.bias norm.bias transformer.ln_f.bias ln_f.bias", NULL,
	 NULL},
	NULL};

const char *const family_wrappers[] = {
	"",	       "language_model.",	"model.language_model.",
	"text_model.", "model.text_model.", "llm.",
	"thinker.",
};

const size_t n_family_wrappers =
	sizeof(family_wrappers) / sizeof(family_wrappers[0]);

bool family_word(char *out, size_t size, const char *names, size_t i)
{
	size_t len;

	if (!names)
		return false;
	for (; i; i--) {
		names = strchr(names, ' ');
		if (!names)
			return false;
		names++;
	}
	len = strcspn(names, " ");
	if (len >= size)
		return false;
	memcpy(out, names, len);
	out[len] = 0;
	return true;
}

static const struct traits all_traits[] = {
	{"llama mistral mistral3 ministral mixtral qwen qwen2 qwen2_moe "
	 "qwen2_vl qwen2_vl_text qwen2_5_vl qwen2_5_vl_text qwen3 qwen3_moe "
	 "qwen3_vl_text phi3 olmo2 olmo3 olmoe gpt_oss internlm internlm2 "
	 "internlm3 chatglm glm glm4 glm4_moe mamba mamba2 falcon_mamba "
	 "falcon_h1 deepseek deepseek_v2 deepseek_v3 kimi_k2 granite "
	 "granitemoe granitemoeshared granitemoehybrid minicpm minicpm3 "
	 "smollm3 exaone exaone4 jamba zamba zamba2 bamba ernie4_5 "
	 "ernie4_5_moe lfm2 lfm2_moe grok grok-1 llama4 llama4_text "
	 "mllama_text_model arcee apertus seed_oss helium",
	 TK_NORM_RMS, 0},
	{"gpt2 gpt_bigcode gptj gpt_neo gpt_neox opt bloom falcon RefinedWeb "
	 "RefinedWebModel phi phimoe codegen starcoder2 stablelm "
	 "stablelm_epoch persimmon mpt dbrx rwkv rwkv5 rwkv6 rwkv7 mbart "
	 "marian bart",
	 TK_NORM_LAYER, 0},
	{"cohere cohere2", TK_NORM_LAYER, HABIT_SCALE_16TH},
	{"olmo hf_olmo", TK_NORM_LAYER, HABIT_NO_WEIGHT},
	{"nemotron", TK_NORM_LAYER, HABIT_PLUS_ONE},
	{"qwen3_next qwen3_5 qwen3_5_text qwen3_5_moe qwen3_5_moe_text",
	 TK_NORM_RMS, HABIT_PLUS_ONE},
	{"gemma gemma3 gemma3_text", TK_NORM_RMS,
	 HABIT_PLUS_ONE | HABIT_EMBED_SQRT},
	{"gemma2", TK_NORM_RMS,
	 HABIT_PLUS_ONE | HABIT_EMBED_SQRT | HABIT_CAP_30},
	{"gemma3n gemma3n_text", TK_NORM_RMS, HABIT_EMBED_SQRT | HABIT_CAP_30},
	{"gemma4 gemma4_text", TK_NORM_RMS, HABIT_EMBED_SQRT},
	{"recurrent_gemma", TK_NORM_RMS,
	 HABIT_PLUS_ONE | HABIT_EMBED_SQRT | HABIT_SQRT_BF16 | HABIT_CAP_30},
	{"t5 mt5 umt5", TK_NORM_RMS, HABIT_TIED_SQRT},
	{"baichuan", TK_NORM_RMS, HABIT_UNIT_ROWS},
	{"hyperclovax", TK_NORM_RMS, HABIT_SCALING_UP},
	{"bert roberta xlm-roberta camembert distilbert modernbert",
	 TK_NORM_NONE, 0},
	{"albert", TK_NORM_NONE, HABIT_SMALL_EMBED},
	{"model2vec", TK_NORM_NONE, HABIT_NO_W_U},
};

/* True if 'word' is one of the words of 'list'. */
static bool is_word_of(const char *word, const char *list)
{
	size_t len = strlen(word);

	while (*list) {
		size_t n = strcspn(list, " ");

		if (n == len && !memcmp(word, list, n))
			return true;
		list += n + (list[n] == ' ');
	}
	return false;
}

const struct traits *traits_find(const char *model_type)
{
	if (!model_type || !*model_type)
		return NULL;
	for (size_t i = 0; i < sizeof(all_traits) / sizeof(all_traits[0]); i++)
		if (is_word_of(model_type, all_traits[i].types))
			return &all_traits[i];
	return NULL;
}
