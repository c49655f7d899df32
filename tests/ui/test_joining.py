"""What leaves the scripts on their way to browsers, what never does, and how many become one (ux.md §1.6)."""

from __future__ import annotations

import pytest

from ui import joining, modules
from ui.stripping import Unreadable, stripped

OWN = sorted(name for name in modules.files() if name.startswith("memo/"))

KEPT_TO_THE_LETTER = [
    'const a = "no // comment, /* here */ either";',
    "const b = 'it\\'s  two  spaces';",
    "const c = `line one\n   line two  // kept ${ d + `inner  ${ e }  text` }  end`;",
    'const d = /[/*]\\/ "quote/g;',
    "const e = a / b / c;",
    "const f = x => /  two spaces/.test(x);",
    "const g = `\\` ${1} $ {no}`;",
]


@pytest.mark.parametrize("line", KEPT_TO_THE_LETTER)
def test_words_between_quotes_are_left_alone(line):
    inside = [part for part in (line.split("= ", 1)[1].rstrip(";"),) if part[0] in "\"'`/"]
    lean = stripped(f"  {line}  // gone\n/* gone\n too */\n")
    assert "gone" not in lean
    for part in inside:
        assert part.split("${")[0] in lean
    assert stripped(lean) == lean


def test_comments_and_spaces_go_and_meaning_stays():
    source = """/* what it is */
import { a, b as c } from "memo/x"; // why
export function go(list) {
  // one
  for (const one of list) if (one in c) return - -one + +a;

  return a ?
      typeof c
    : new Map();
}
"""
    assert stripped(source) == (
        'import{a,b as c}from "memo/x";export function go(list){for(const one of list)if(one in c)return - -one + +a;'
        "return a?\ntypeof c\n:new Map();}\n"
    )


def test_lines_that_end_without_a_sign_stay_lines():
    assert stripped("const a = b\nconst d = c\n++d\n") == "const a=b\nconst d=c\n++d\n"


@pytest.mark.parametrize("source", ["const a = `never ends ${b}", "const a = `${`"])
def test_a_template_without_an_end_is_an_error(source):
    with pytest.raises(Unreadable):
        stripped(source)


@pytest.mark.parametrize("name", OWN)
def test_every_module_of_ours_can_be_read(name):
    source = modules.files()[name][0].read_text()
    lean = stripped(source)
    assert stripped(lean) == lean
    module = joining.read(source)
    assert source.count("\nexport ") == len(module.exports)
    assert source.count("\nimport ") + source.startswith("import ") == len(module.imports)


def test_modules_become_one_script_in_the_order_of_their_imports():
    sources = {
        "memo/a": 'import { b as bee } from "memo/b";\nimport "memo/c";\nimport * as all from "memo/c";\n'
        'import { visit } from "turbo";\nexport const a = bee + all.c;\nexport async function go() {\n  return visit(a);\n}\n',
        "memo/b": 'import { c } from "memo/c";\nexport class Bee {\n  import = 1;\n}\nexport const b = c;\n',
        "memo/c": 'export const c = 1;\nconst later = () => import("memo/a");\n',
    }
    text = joining.joined(("memo/a",), sources.get)
    assert text.splitlines() == [
        'import*as $o0 from "turbo";',
        'const $c=(()=>{const c=1;const later=()=>import("memo/a");',
        "return{c};})();",
        "const $b=(()=>{const {c}=$c;class Bee{import=1;}",
        "const b=c;",
        "return{Bee,b};})();",
        "const $a=(()=>{const {b:bee}=$b;const all=$c;const {visit}=$o0;const a=bee + all.c;async function go(){return visit(a);}",
        "return{a,go};})();",
        "export{$a,$b,$c};",
    ]
    assert (
        joining.doorway("memo/b", ("Bee", "b"), "memo/team") == 'import{$b}from "memo/team";export const{Bee,b}=$b;\n'
    )
    assert joining.doorway("memo/c", (), "memo/team") == 'import{$c}from "memo/team";\n'


@pytest.mark.parametrize(
    "source",
    ["export default 1;\n", "export let a = 1;\n", "const a = 1;\nexport { a };\n", 'import a from "memo/b";\n'],
)
def test_forms_that_would_mean_something_else_are_refused(source):
    with pytest.raises(Unreadable):
        joining.read(source)


def test_two_that_import_each_other_are_refused():
    sources = {"memo/a": 'import "memo/b";\n', "memo/b": 'import "memo/a";\n'}
    with pytest.raises(Unreadable):
        joining.joined(("memo/a",), sources.get)
