//! A place among the tokens, and what is asked there.

use super::Refusal;
use super::lexer::Token;

pub(crate) struct Cursor {
    tokens: Vec<(Token, u32)>,
    at: usize,
}

impl Cursor {
    pub(crate) fn new(tokens: Vec<(Token, u32)>) -> Self {
        Self { tokens, at: 0 }
    }

    pub(crate) fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    /// The line of the next token, or the last one.
    pub(crate) fn line(&self) -> u32 {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(0, |(_, line)| *line)
    }

    pub(crate) fn take(&mut self) -> Result<Token, Refusal> {
        let token = self.peek().cloned().ok_or_else(|| self.refuse("the text ends in the middle"))?;
        self.at += 1;
        Ok(token)
    }

    pub(crate) fn refuse(&self, why: impl Into<String>) -> Refusal {
        Refusal::new(self.line(), why)
    }

    /// Whether the next token is this mark; then it is taken.
    pub(crate) fn passes(&mut self, mark: char) -> bool {
        let is_there = self.peek() == Some(&Token::Mark(mark));
        self.at += usize::from(is_there);
        is_there
    }

    pub(crate) fn expect(&mut self, mark: char) -> Result<(), Refusal> {
        if self.passes(mark) {
            Ok(())
        } else {
            Err(self.refuse(format!("{mark:?} is missing before {:?}", self.peek())))
        }
    }

    pub(crate) fn word(&mut self) -> Result<String, Refusal> {
        match self.take()? {
            Token::Word(word) => Ok(word),
            other => Err(self.refuse(format!("a word is missing where {other:?} is"))),
        }
    }

    /// A number with its sign.
    pub(crate) fn number(&mut self) -> Result<u64, Refusal> {
        let is_negative = self.passes('-');
        match self.take()? {
            Token::Number(number) => Ok(if is_negative { number.wrapping_neg() } else { number }),
            other => Err(self.refuse(format!("a number is missing where {other:?} is"))),
        }
    }

    /// The word that is next, if one is.
    pub(crate) fn peek_word(&self) -> Option<&str> {
        match self.peek() {
            Some(Token::Word(word)) => Some(word),
            _ => None,
        }
    }

    pub(crate) fn passes_word(&mut self, expected: &str) -> bool {
        let is_there = self.peek_word() == Some(expected);
        self.at += usize::from(is_there);
        is_there
    }

    /// Leaves out what is left of the line.
    pub(crate) fn skip_line(&mut self) {
        let line = self.line();
        while self.tokens.get(self.at).is_some_and(|(_, at)| *at == line) {
            self.at += 1;
        }
    }

    /// Leaves out everything up to the brace that closes the one just taken.
    pub(crate) fn skip_block(&mut self) -> Result<(), Refusal> {
        let mut depth = 1;
        while depth > 0 {
            match self.take()? {
                Token::Mark('{') => depth += 1,
                Token::Mark('}') => depth -= 1,
                _ => {}
            }
        }
        Ok(())
    }
}
