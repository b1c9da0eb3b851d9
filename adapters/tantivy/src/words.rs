//! The engine's own analysis as a tokenizer of Tantivy.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// Its name in the schema; another analysis wants another name, so that old indexes are not taken for new ones.
pub(crate) const NAME: &str = "engine-1";

#[derive(Clone)]
pub(crate) struct EngineWords;

pub(crate) struct EngineTokens {
    rest: std::vec::IntoIter<String>,
    token: Token,
}

impl Tokenizer for EngineWords {
    type TokenStream<'a> = EngineTokens;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> EngineTokens {
        let rest = engine::search::analysis::tokens(text).into_iter();
        EngineTokens { rest, token: Token::default() }
    }
}

impl TokenStream for EngineTokens {
    fn advance(&mut self) -> bool {
        let Some(text) = self.rest.next() else { return false };
        // From the largest number, which is "before the first".
        self.token.position = self.token.position.wrapping_add(1);
        self.token.text = text;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}
