//! Cells that spreadsheets would take for formulas. An apostrophe before such a cell makes it text; the import takes the
//! apostrophe away again, so that what is exported comes back as it was.

use std::borrow::Cow;

use super::value::decimal;

const MARK: char = '\'';

/// Whether a spreadsheet would take a text for a formula, or would do so without the apostrophes before it.
fn is_live(text: &str) -> bool {
    text.trim_start_matches(MARK)
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

/// The text as a spreadsheet can open it safely.
pub(super) fn neutral(text: &str) -> Cow<'_, str> {
    if is_live(text) {
        Cow::Owned(format!("{MARK}{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The same for a cell that should hold a number: a number less than nothing is no formula and stays a number.
pub(super) fn neutral_number(text: &str) -> Cow<'_, str> {
    match decimal(text, '.', None) {
        Some(_) => Cow::Borrowed(text),
        None => neutral(text),
    }
}

/// The text that [`neutral`] was given.
pub(super) fn original(text: &str) -> &str {
    text.strip_prefix(MARK)
        .filter(|text| is_live(text))
        .unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_what_a_spreadsheet_would_act_upon_changes() {
        for text in [
            "=1+1", "+49 30 1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", "'=1", "-",
        ] {
            assert_eq!(neutral(text), format!("'{text}"));
        }
        for text in ["", "Acme", "'90s", "'", "a=b", "1-2", " =1"] {
            assert_eq!(neutral(text), text);
        }
        assert_eq!(neutral_number("-12.50"), "-12.50");
        assert_eq!(neutral_number("-12.50+1"), "'-12.50+1");
    }

    proptest! {
        #[test]
        fn what_was_made_neutral_comes_back(text in "[-'=+@＝\t\r\n a1]{0,6}|.{0,9}") {
            let safe = neutral(&text);
            prop_assert!(!safe.starts_with(['=', '+', '-', '@', '\t', '\r']));
            prop_assert_eq!(original(&safe), text.as_str());
        }
    }
}
