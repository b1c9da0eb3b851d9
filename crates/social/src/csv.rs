//! Lines of CSV (RFC 4180), which spreadsheets read: no cell can run as a formula (I-11), and none breaks out of its place.

/// Signs with which a formula begins; spreadsheets take the wide forms for them, too.
const FORMULAS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// A line. A cell that a spreadsheet would run begins with an apostrophe.
pub fn line(cells: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
    cells.join(",") + "\r\n"
}

fn cell(text: &str) -> String {
    // Spreadsheets skip blanks before a formula.
    let skipped = text.trim_start_matches(|sign: char| sign.is_whitespace() || sign.is_control());
    let runs = skipped.starts_with(FORMULAS) || text.starts_with(['\t', '\r', '\n']);
    let safe = if runs { format!("'{text}") } else { text.to_owned() };
    match runs || safe.contains([',', '"', '\n', '\r', ';', '\t']) {
        true => format!("\"{}\"", safe.replace('"', "\"\"")),
        false => safe,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i_11_no_cell_can_run_as_a_formula_and_none_breaks_out_of_its_place() {
        for bad in ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\t=1", "\r=1", "\n=1", "＝1"] {
            let made = line(&[bad, "x"]);
            assert_eq!(made, format!("\"'{bad}\",x\r\n"));
        }
        assert_eq!(line(&["a", "b,c", "say \"x\"", ""]), "a,\"b,c\",\"say \"\"x\"\"\",\r\n");
        assert_eq!(line(&["1 = 1", "a@b", "two\nlines"]), "1 = 1,a@b,\"two\nlines\"\r\n");
        let link = "=HYPERLINK(\"http://x\",\"y\")";
        assert_eq!(line(&[link]), "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"\r\n");
    }
}
