//! Makes any string a text that can be stored, counted and shown.
//!
//! NFC; line ends as `\n`; no control characters, noncharacters or invisible tag characters; no
//! bidirectional overrides, and isolates closed in their own line, so that a text cannot rearrange
//! what stands beside it; few enough combining marks per letter to stay in its line. Normalising
//! twice changes nothing.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark, is_nfc};

/// Most combining marks on one letter. Real writing needs up to about five.
const MAX_MARKS: usize = 8;

const FIRST_STRONG_ISOLATE: char = '\u{2068}';
const POP_ISOLATE: char = '\u{2069}';

/// The normal form of a text, see the module.
pub(super) fn normalise(text: &str) -> String {
    let kept = keep_text(text);
    let composed = if is_nfc(&kept) { kept } else { kept.nfc().collect() };
    let limited = limit_marks(composed);
    limited.trim_start_matches('\n').trim_end().to_owned()
}

/// Drops what is not text, unifies line ends and closes isolates at the end of their line.
fn keep_text(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut open_isolates = 0usize;
    let mut in_flag = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        // The flags of England, Scotland and Wales are the one honest use of tag characters.
        in_flag = c == '\u{1f3f4}' || (in_flag && is_tag_character(c));
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                close_isolates(&mut kept, &mut open_isolates);
                kept.push('\n');
            }
            '\u{2066}'..=FIRST_STRONG_ISOLATE => {
                open_isolates += 1;
                kept.push(c);
            }
            POP_ISOLATE => {
                if open_isolates > 0 {
                    open_isolates -= 1;
                    kept.push(c);
                }
            }
            _ if is_dropped(c) || (is_tag_character(c) && !in_flag) => {}
            _ => kept.push(c),
        }
    }
    close_isolates(&mut kept, &mut open_isolates);
    kept
}

fn close_isolates(kept: &mut String, open: &mut usize) {
    kept.extend(std::iter::repeat_n(POP_ISOLATE, *open));
    *open = 0;
}

fn is_tag_character(c: char) -> bool {
    matches!(c, '\u{e0020}'..='\u{e007f}')
}

/// What never belongs to a text: controls, embeddings and overrides, annotations, noncharacters.
fn is_dropped(c: char) -> bool {
    let noncharacter = (c as u32) & 0xfffe == 0xfffe || matches!(c, '\u{fdd0}'..='\u{fdef}');
    (c.is_control() && c != '\t')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}')
        || matches!(c, '\u{fff9}'..='\u{fffb}' | '\u{feff}' | '\u{e0000}'..='\u{e001f}')
        || noncharacter
}

fn limit_marks(text: String) -> String {
    let mut run = 0usize;
    let within = |run: &mut usize, c: char| {
        *run = if is_combining_mark(c) { *run + 1 } else { 0 };
        *run <= MAX_MARKS
    };
    if text.chars().all(|c| within(&mut run, c)) {
        return text;
    }
    run = 0;
    text.chars().filter(|&c| within(&mut run, c)).collect()
}

/// Whether nothing of the text can be seen: white space, formats and the letters that are blank.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(is_invisible)
}

/// Whether a character leaves no ink. Used also to end links, which must not hide anything.
pub(super) fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1d159}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn i_14_controls_nul_and_noncharacters_are_dropped() {
        assert_eq!(normalise("a\0b\u{7}c\u{1b}[31md\u{fffe}\u{9b}e\tf"), "abc[31mde\tf");
    }

    #[test]
    fn line_ends_are_unified_and_the_ends_trimmed() {
        assert_eq!(normalise("\n\r\na\r\nb\rc\u{2028}d \n\n"), "a\nb\nc\nd");
    }

    #[test]
    fn nfd_and_nfc_are_the_same_text() {
        assert_eq!(normalise("e\u{301}"), "é");
    }

    #[test]
    fn i_14_zalgo_is_cut_to_what_stays_in_its_line() {
        let zalgo: String = format!("Z{}o", "\u{300}".repeat(10_000));
        assert_eq!(normalise(&zalgo), format!("Z{}o", "\u{300}".repeat(MAX_MARKS)));
        let real = "ป็นที่ক্ষ্ম்";
        assert_eq!(normalise(real), real.nfc().collect::<String>());
    }

    #[test]
    fn i_14_bidi_overrides_go_and_isolates_close_in_their_line() {
        assert_eq!(normalise("exe.\u{202e}gpj\u{202c}"), "exe.gpj");
        assert_eq!(normalise("\u{2067}a\nb\u{2069}"), "\u{2067}a\u{2069}\nb");
        assert_eq!(normalise("\u{200f}שלום"), "\u{200f}שלום");
    }

    #[test]
    fn tag_characters_stay_only_in_flags() {
        let wales = "\u{1f3f4}\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}";
        assert_eq!(normalise(wales), wales);
        assert_eq!(normalise("hi\u{e0068}\u{e0069}"), "hi");
    }

    #[test]
    fn i_14_invisible_text_is_blank() {
        for text in ["", " \n\t", "\u{200b}\u{200d}", "\u{3164}", "\u{2800}", "\u{ad}\u{2060}"] {
            assert!(is_blank(text), "{text:?}");
        }
        assert!(!is_blank("\u{200b}."));
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(text in any::<String>()) {
            let once = normalise(&text);
            prop_assert_eq!(normalise(&once), once);
        }
    }
}
