//! How the host of a link is shown: in its own letters where they cannot deceive, else in punycode.

/// The host to show for a link that was typed with `typed` and leads to `ascii`.
pub(super) fn shown(typed: &str, ascii: &str) -> String {
    let typed = typed.to_lowercase();
    let honest = ascii.contains("xn--") && !typed.is_ascii() && typed.split('.').all(is_honest);
    if honest { typed } else { ascii.to_owned() }
}

/// Whether all letters of a label are of one script (or of those one language mixes), and not only
/// letters that look like Latin ones.
fn is_honest(label: &str) -> bool {
    let mut scripts: Vec<Script> = Vec::new();
    for c in label.chars().filter(|c| !c.is_ascii_digit() && *c != '-') {
        match script(c) {
            Some(script) if !scripts.contains(&script) => scripts.push(script),
            Some(_) => {}
            None => return false,
        }
    }
    let japanese = |s: &Script| matches!(s, Script::Han | Script::Hiragana | Script::Katakana);
    let korean = |s: &Script| matches!(s, Script::Han | Script::Hangul);
    let one = scripts.len() <= 1 || scripts.iter().all(japanese) || scripts.iter().all(korean);
    one && !looks_latin(label)
}

/// Letters of Cyrillic and Greek that most fonts draw like Latin ones.
const LATIN_LOOKALIKES: &str = "асԁеһіјӏорԗԛѕԝхуъьҽпгѵѡԍкт\
                                αικνρυωηοτϲϳ";

fn looks_latin(label: &str) -> bool {
    !label.is_ascii()
        && label.chars().filter(|c| c.is_alphabetic()).all(|c| LATIN_LOOKALIKES.contains(c))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Greek,
    Cyrillic,
    Armenian,
    Hebrew,
    Arabic,
    Devanagari,
    Bengali,
    Tamil,
    Thai,
    Georgian,
    Hangul,
    Hiragana,
    Katakana,
    Han,
}

/// The script of a letter; `None` for all that need not be shown as it is.
fn script(c: char) -> Option<Script> {
    Some(match c {
        'a'..='z' | 'à'..='ö' | 'ø'..='ÿ' | '\u{100}'..='\u{17f}' => Script::Latin,
        '\u{370}'..='\u{3ff}' => Script::Greek,
        '\u{400}'..='\u{4ff}' => Script::Cyrillic,
        '\u{561}'..='\u{587}' => Script::Armenian,
        '\u{5d0}'..='\u{5ea}' => Script::Hebrew,
        '\u{620}'..='\u{64a}' | '\u{660}'..='\u{669}' | '\u{671}'..='\u{6d3}' => Script::Arabic,
        '\u{901}'..='\u{963}' => Script::Devanagari,
        '\u{981}'..='\u{9e3}' => Script::Bengali,
        '\u{b82}'..='\u{bcd}' => Script::Tamil,
        '\u{e01}'..='\u{e4e}' => Script::Thai,
        '\u{10d0}'..='\u{10fa}' => Script::Georgian,
        '\u{ac00}'..='\u{d7a3}' => Script::Hangul,
        '\u{3041}'..='\u{3096}' => Script::Hiragana,
        '\u{30a1}'..='\u{30fa}' | 'ー' => Script::Katakana,
        '々' | '\u{4e00}'..='\u{9fff}' => Script::Han,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i_9_a_host_of_one_script_is_shown_as_typed() {
        for typed in ["münchen.de", "пример.рф", "例え.jp", "ひらがなカタカナ漢字.jp", "한국.kr"]
        {
            assert_eq!(shown(typed, "xn--something.example"), typed);
        }
    }

    #[test]
    fn i_9_mixed_scripts_and_latin_lookalikes_are_shown_in_punycode() {
        // "аpple" with a Cyrillic а; "аррӏе" all Cyrillic; Latin with Greek; an invisible joiner.
        for typed in ["аpple.com", "аррӏе.com", "gοοgle.com", "exam\u{200d}ple.com", "ɡoogle.com"]
        {
            assert_eq!(shown(typed, "xn--real.com"), "xn--real.com", "{typed}");
        }
    }
}
