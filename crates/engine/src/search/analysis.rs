//! How text becomes words: one analysis for every engine, so that all find the same documents.
//!
//! Text is folded ([`fold`]) and split into tokens, whose places are their numbers. Scripts that put no spaces
//! between words (Chinese, Japanese, Korean, Thai …) are split into pairs of neighbouring characters and, at the
//! end of a run, the last character alone: so each character starts a token, and one character is found by prefix.

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// A token holds its first so many characters.
pub const LONGEST_TOKEN: usize = 64;
/// A question counts its first so many clauses, and each of them its first so many tokens.
pub const MOST_CLAUSES: usize = 64;

/// A part of a question: tokens that stand side by side, in order, in one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// At least one.
    pub tokens: Vec<String>,
    /// The last token may be the start of a longer one.
    pub prefix: bool,
}

/// The tokens of a document's text, in order.
pub fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    for part in parts(&fold(text)) {
        part.index(&mut tokens);
    }
    tokens
}

/// What a person's text asks for: every clause must be found. Nothing at all, if it has no word.
/// A `"quoted part"` is one clause; with `prefix`, the last word may be the start of a word.
pub fn clauses(text: &str, prefix: bool) -> Vec<Clause> {
    let folded = fold(text);
    let mut clauses = Vec::new();
    let pieces: Vec<&str> = folded.split('"').collect();
    let last = pieces.len() - 1;
    for (number, piece) in pieces.into_iter().enumerate() {
        // An odd piece stands between two quotes, unless the second is missing.
        if number % 2 == 1 && number < last {
            clauses.extend(side_by_side(parts(piece)));
        } else {
            let from = clauses.len();
            clauses.extend(parts(piece).into_iter().filter_map(|part| side_by_side(vec![part])));
            if prefix && number == last && clauses.len() > from {
                clauses.last_mut().into_iter().for_each(|clause| clause.prefix = true);
            }
        }
    }
    clauses.truncate(MOST_CLAUSES);
    clauses
}

/// One clause of all these parts.
fn side_by_side(mut parts: Vec<Part<'_>>) -> Option<Clause> {
    let last = parts.pop()?;
    let mut tokens = Vec::new();
    for part in parts {
        part.index(&mut tokens);
    }
    let prefix = last.ask(&mut tokens);
    // A cut clause ends in a whole token.
    let prefix = prefix && tokens.len() <= MOST_CLAUSES;
    tokens.truncate(MOST_CLAUSES);
    Some(Clause { tokens, prefix })
}

/// Lower case, compatibility forms unified (ﬁ, Ｆ, ①), accents and vowel points of Latin, Greek, Cyrillic, Arabic and
/// Hebrew dropped, letters with a stroke or joined written plainly. Voiced kana and Hangul stay themselves.
pub fn fold(text: &str) -> String {
    let plain = text.nfkd().filter(|c| !dropped(*c)).flat_map(char::to_lowercase);
    let mut folded = String::with_capacity(text.len());
    for c in plain.filter(|c| !dropped(*c)) {
        match c {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ħ' => folded.push('h'),
            'ı' => folded.push('i'),
            'ł' => folded.push('l'),
            'ŧ' => folded.push('t'),
            'ς' => folded.push('σ'),
            '’' | 'ʼ' => folded.push('\''),
            '“' | '”' | '„' | '«' | '»' => folded.push('"'),
            other => folded.push(other),
        }
    }
    folded.nfc().collect()
}

fn dropped(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}'
        // Arabic and Hebrew points, the Arabic stretch.
        | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6dc}'
        | '\u{6df}'..='\u{6e8}' | '\u{6ea}'..='\u{6ed}' | '\u{640}' | '\u{591}'..='\u{5bd}' | '\u{5bf}'
        | '\u{5c1}' | '\u{5c2}' | '\u{5c4}' | '\u{5c5}' | '\u{5c7}'
        // How an emoji is drawn; soft hyphens and marks of direction.
        | '\u{fe0e}' | '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// A piece of folded text.
enum Part<'a> {
    Word(&'a str),
    /// Characters of a script without spaces.
    Run(&'a str),
}

impl Part<'_> {
    /// Its tokens in a document.
    fn index(&self, into: &mut Vec<String>) {
        match self {
            Part::Word(word) => into.push(word.chars().take(LONGEST_TOKEN).collect()),
            Part::Run(run) => {
                let mut rest = run.chars();
                while let Some(first) = rest.next() {
                    into.push([Some(first), rest.clone().next()].into_iter().flatten().collect());
                }
            }
        }
    }

    /// Its tokens at the end of a clause; whether the last of them may go on.
    fn ask(&self, into: &mut Vec<String>) -> bool {
        self.index(into);
        match self {
            Part::Word(_) => false,
            // The last character alone says nothing that the pair before it has not said.
            Part::Run(run) if run.chars().nth(1).is_some() => {
                into.pop();
                false
            }
            Part::Run(_) => true,
        }
    }
}

fn parts(folded: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = folded;
    while let Some(first) = rest.chars().next() {
        let run = unspaced(first);
        let end = rest.find(|c| unspaced(c) != run).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        rest = after;
        if run {
            parts.push(Part::Run(piece));
        } else {
            let words = piece.split_word_bounds().filter(|word| word.chars().any(meaningful));
            parts.extend(words.map(Part::Word));
        }
    }
    parts
}

/// Whether a character makes a word: letters, digits, emoji.
fn meaningful(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{2b05}'..='\u{2b55}')
}

/// Whether a character belongs to a script that puts no spaces between words, or to Hangul, where a word
/// carries its particles.
fn unspaced(c: char) -> bool {
    matches!(c,
        '\u{e01}'..='\u{e3a}' | '\u{e40}'..='\u{e4e}' | '\u{e80}'..='\u{ecf}'
        | '\u{1000}'..='\u{103f}' | '\u{1780}'..='\u{17d3}'
        | '\u{1100}'..='\u{11ff}' | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{3096}' | '\u{3099}' | '\u{309a}'
        | '\u{309d}'..='\u{309f}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_these_tokens() {
        let table: &[(&str, &[&str])] = &[
            ("Crème Brûlée, déjà-vu!", &["creme", "brulee", "deja", "vu"]),
            ("STRASSE Straße Łódź Ærø", &["strasse", "strasse", "lodz", "aero"]),
            ("Ёжик", &["ежик"]),
            ("ΣΊΣΥΦΟΣ", &["σισυφοσ"]),
            ("İstanbul ısı", &["istanbul", "isi"]),
            ("مُحَمَّد", &["محمد"]),
            ("日本語", &["日本", "本語", "語"]),
            (
                "カメラがほしい2台",
                &["カメ", "メラ", "ラが", "がほ", "ほし", "しい", "い", "2", "台"],
            ),
            ("한국어", &["한국", "국어", "어"]),
            ("ＦＵＬＬ ﬁn ①", &["full", "fin", "1"]),
            ("don’t foo_bar #tag @ann", &["don't", "foo_bar", "tag", "ann"]),
            ("🎉 👍🏽 ❤️", &["🎉", "👍", "❤"]),
            (" \0 .* \" ( ", &[]),
        ];
        for (text, expected) in table {
            assert_eq!(tokens(text), *expected, "{text}");
        }
    }

    #[test]
    fn questions_become_these_clauses() {
        let clause = |tokens: &[&str], prefix| Clause {
            tokens: tokens.iter().map(|token| (*token).to_owned()).collect(),
            prefix,
        };
        assert_eq!(
            clauses("Two wörds", false),
            [clause(&["two"], false), clause(&["words"], false)]
        );
        assert_eq!(clauses("Two wo", true), [clause(&["two"], false), clause(&["wo"], true)]);
        assert_eq!(
            clauses("\"two wo\" x", false),
            [clause(&["two", "wo"], false), clause(&["x"], false)]
        );
        assert_eq!(clauses("\"two wo\"", true), [clause(&["two", "wo"], false)]);
        assert_eq!(clauses("\"two wo", true), [clause(&["two"], false), clause(&["wo"], true)]);
        assert_eq!(clauses("日本語", false), [clause(&["日本", "本語"], false)]);
        assert_eq!(clauses("語", false), [clause(&["語"], true)]);
        assert_eq!(clauses("\"日本 x\"", false), [clause(&["日本", "本", "x"], false)]);
        assert_eq!(clauses("* \"\" ?", true), []);
    }

    #[test]
    fn a_long_question_is_cut() {
        assert_eq!(clauses(&"x ".repeat(10_000), false).len(), MOST_CLAUSES);
        assert_eq!(clauses(&"本".repeat(10_000), false)[0].tokens.len(), MOST_CLAUSES);
        assert_eq!(clauses(&"x".repeat(10_000), false)[0].tokens, ["x".repeat(LONGEST_TOKEN)]);
    }
}
