# embed.cmake - the parts of the page as C: cmake -DOUT=FILE.c -DDIR=FOLDER -P
# page.js is made of the modules in JS, one behind the other; its SHA-256 is
# what the page allows to run.
function(add name file)
  file(READ ${file} hex HEX)
  string(LENGTH "${hex}" digits)
  math(EXPR size "${digits} / 2")
  string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
  file(APPEND ${OUT}.new "const unsigned char ${name}[] = {\n${hex}\n};\n"
    "const size_t ${name}_size = ${size};\n\n")
endfunction()

set(script "")
foreach(module IN ITEMS data view scatter search next)
  file(READ ${DIR}/page_${module}.js text)
  string(APPEND script "${text}")
endforeach()
file(WRITE ${OUT}.js "${script}")
file(WRITE ${OUT}.new "/* Made by embed.cmake from page.html, .css and .js. */\n"
  "#include \"page.h\"\n\n")
add(page_html ${DIR}/page.html)
add(page_css ${DIR}/page.css)
add(page_js ${OUT}.js)
file(SHA256 ${OUT}.js hash)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hash "${hash}")
file(APPEND ${OUT}.new "const unsigned char page_js_sha256[32] = {${hash}};\n")
file(RENAME ${OUT}.new ${OUT})
