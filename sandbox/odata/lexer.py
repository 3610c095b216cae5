"""odata-query's lexer with whole keywords: as published (0.10), `AllowOnAccount` reads as `all` followed by an identifier."""

from __future__ import annotations

from odata_query import ast
from odata_query.grammar import ODataLexer
from sly.lex import Token


class Lexer(ODataLexer):
    """The published token rules, four of them ended by a word boundary (SLY finds a token's rule by its name and order)."""

    tokens = ODataLexer.tokens

    # ruff: noqa: F821, N802 - SLY provides `_` in the class body, and token rules are upper-case
    @_(r"(?:true|false)\b")
    def BOOLEAN(self, t: Token) -> Token:
        t.value = ast.Boolean(t.value)
        return t

    @_(r"null\b")
    def NULL(self, t: Token) -> Token:
        t.value = ast.Null()
        return t

    @_(r"any\b")
    def ANY(self, t: Token) -> Token:
        t.value = ast.Any()
        return t

    @_(r"all\b")
    def ALL(self, t: Token) -> Token:
        t.value = ast.All()
        return t
