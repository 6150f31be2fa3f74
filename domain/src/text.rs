//! The one normal form of everything people type: what is kept, what is dropped, what is refused, how it compares.
//!
//! Kept text is in Unicode's composed form (NFC), its white space is folded, and it holds no character that nobody can
//! see, except where a script needs it: joiners in Arabic, Indic and similar scripts and in emoji, variation selectors
//! after the characters they belong to, direction marks in text that has right-to-left letters.
//!
//! Refused are characters that mean nothing or hide something: controls, private and unassigned characters, tags, and
//! the controls that override, embed or isolate the direction of text. Everything else that is invisible is dropped,
//! so text of nothing but such characters is empty.
//!
//! Only input goes through here. Stored events are read as they are; what is copied from a stored event into a new
//! command is [`mended`] first, so that older text never stops a process.

use std::borrow::Cow;

use icu_casemap::{CaseMapper, CaseMapperBorrowed};
use icu_normalizer::{ComposingNormalizer, ComposingNormalizerBorrowed};
use icu_properties::props::{
    BidiClass, DefaultIgnorableCodePoint, Emoji, EmojiModifier, ExtendedPictographic,
    GeneralCategory, IndicSyllabicCategory, JoiningType, WhiteSpace,
};
use icu_properties::{
    CodePointMapData, CodePointMapDataBorrowed, CodePointSetData, CodePointSetDataBorrowed,
};

use crate::invalid::{Invalid, Rule};

const NFC: ComposingNormalizerBorrowed<'static> = ComposingNormalizer::new_nfc();
const NFKC: ComposingNormalizerBorrowed<'static> = ComposingNormalizer::new_nfkc();
const CASES: CaseMapperBorrowed<'static> = CaseMapper::new();
const CATEGORY: CodePointMapDataBorrowed<'static, GeneralCategory> = CodePointMapData::new();
const BIDI: CodePointMapDataBorrowed<'static, BidiClass> = CodePointMapData::new();
const JOINING: CodePointMapDataBorrowed<'static, JoiningType> = CodePointMapData::new();
const INDIC: CodePointMapDataBorrowed<'static, IndicSyllabicCategory> = CodePointMapData::new();
const IGNORABLE: CodePointSetDataBorrowed<'static> =
    CodePointSetData::new::<DefaultIgnorableCodePoint>();
const EMOJI: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<Emoji>();
const SKIN_TONE: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<EmojiModifier>();
const PICTURE: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<ExtendedPictographic>();
const SPACE: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<WhiteSpace>();

/// Characters that print nothing though Unicode counts them as symbols or letters: the empty Braille pattern, the
/// musical null note head, two Egyptian blanks. They count as white space.
const BLANKS: [char; 4] = ['\u{2800}', '\u{1D159}', '\u{13441}', '\u{13442}'];

/// Whether text may have several lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// One line: a line break is white space like any other.
    Line,
    /// Several lines, at most one of them empty in a row, each with its indentation.
    Lines,
}

/// One line of text that must be given: a name, a subject, a number.
///
/// # Errors
/// [`Rule::Required`] where nothing is visible, [`Rule::TooLong`], or the rule that refuses one of its characters.
pub fn required_line(field: &str, value: &str, max: usize) -> Result<String, Invalid> {
    required(field, value, max, Shape::Line)
}

/// One line of text that may be missing; text of which nothing is visible counts as missing.
///
/// # Errors
/// [`Rule::TooLong`], or the rule that refuses one of its characters.
pub fn optional_line(
    field: &str,
    value: Option<&str>,
    max: usize,
) -> Result<Option<String>, Invalid> {
    optional(field, value, max, Shape::Line)
}

/// Text of several lines that must be given: a reason, a message, a description.
///
/// # Errors
/// As [`required_line`].
pub fn required_text(field: &str, value: &str, max: usize) -> Result<String, Invalid> {
    required(field, value, max, Shape::Lines)
}

/// Text of several lines that may be missing; text of which nothing is visible counts as missing.
///
/// # Errors
/// As [`optional_line`].
pub fn optional_text(
    field: &str,
    value: Option<&str>,
    max: usize,
) -> Result<Option<String>, Invalid> {
    optional(field, value, max, Shape::Lines)
}

/// A key in its normal form, by which files and lists compare it: composed, white space folded, nothing invisible.
/// Upper and lower case stay different, because the keys of other programs may differ in nothing else. Empty where
/// nothing is visible.
///
/// # Errors
/// The rule that refuses one of its characters.
pub fn key(text: &str) -> Result<String, Rule> {
    normal(text, Shape::Line).map(Cow::into_owned)
}

/// Text as searches compare it: without case in any script, compatible forms alike (full-width letters, ligatures),
/// nothing invisible. Dotted, dotless and plain i are one letter, so that Turkish names are found however they are
/// typed. Never shown to anybody.
pub fn folded(text: &str) -> String {
    if text.is_ascii() {
        return spaced(&text.to_ascii_lowercase(), Shape::Line);
    }
    let mut folded: String = text.chars().filter(|c| !IGNORABLE.contains(*c)).collect();
    // Folding may leave what composes anew, and that may fold again (Unicode 3.13, D146).
    loop {
        let again = fold_once(&folded);
        if again == folded {
            return folded;
        }
        folded = again;
    }
}

fn fold_once(text: &str) -> String {
    let compatible = NFKC.normalize(text);
    let folded = CASES.fold_string(&compatible);
    let dotless = folded.replace("i\u{307}", "i").replace('ı', "i");
    spaced(&NFKC.normalize(&dotless), Shape::Line)
}

/// Older text in the normal form, without the characters that are refused today; `-` where nothing is left of it. For
/// what stored events say, when it is copied into a new command.
pub fn mended(text: &str) -> String {
    mend(text).unwrap_or_else(|| "-".to_owned())
}

/// The same for text that may be missing.
pub fn mended_optional(text: Option<&str>) -> Option<String> {
    text.and_then(mend)
}

fn mend(text: &str) -> Option<String> {
    let accepted: String = text.chars().filter(|c| refusal(*c).is_none()).collect();
    let text = compose(&accepted, Shape::Lines);
    is_visible(&text).then_some(text)
}

fn required(field: &str, value: &str, max: usize, shape: Shape) -> Result<String, Invalid> {
    optional(field, Some(value), max, shape)?.ok_or_else(|| Invalid::new(field, Rule::Required))
}

fn optional(
    field: &str,
    value: Option<&str>,
    max: usize,
    shape: Shape,
) -> Result<Option<String>, Invalid> {
    let Some(value) = value else {
        return Ok(None);
    };
    let text = normal(value, shape).map_err(|rule| Invalid::new(field, rule))?;
    if text.is_empty() {
        return Ok(None);
    }
    if text.chars().count() > max {
        return Err(Invalid::new(field, Rule::TooLong(max)));
    }
    Ok(Some(text.into_owned()))
}

/// The normal form; empty where nothing is visible.
fn normal(text: &str, shape: Shape) -> Result<Cow<'_, str>, Rule> {
    if is_plain(text) {
        return Ok(Cow::Borrowed(text.trim()));
    }
    if let Some(rule) = text.chars().find_map(refusal) {
        return Err(rule);
    }
    let text = compose(text, shape);
    Ok(if is_visible(&text) {
        Cow::Owned(text)
    } else {
        Cow::Borrowed("")
    })
}

/// Whether text is printable ASCII with single spaces: the normal form of itself, trimmed.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && !text.contains("  ")
}

/// The rule that refuses a character wherever it stands.
fn refusal(c: char) -> Option<Rule> {
    match c {
        ' '..='~' | '\n' | '\r' | '\t' => return None,
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => return Some(Rule::DirectionControl),
        // Tags, and the anchors of interlinear annotations.
        '\u{E0000}'..='\u{E007F}' | '\u{FFF9}'..='\u{FFFB}' => return Some(Rule::NotACharacter),
        _ => {}
    }
    match CATEGORY.get(c) {
        GeneralCategory::Control => Some(Rule::ControlCharacter),
        GeneralCategory::Unassigned | GeneralCategory::PrivateUse | GeneralCategory::Surrogate => {
            Some(Rule::NotACharacter)
        }
        _ => None,
    }
}

fn compose(text: &str, shape: Shape) -> String {
    let solid: String = text.chars().filter(|c| !is_always_dropped(*c)).collect();
    let kept = in_context(&NFC.normalize(&solid));
    spaced(&NFC.normalize(&kept), shape)
}

/// Invisible characters that no script needs.
fn is_always_dropped(c: char) -> bool {
    IGNORABLE.contains(c) && !is_joiner(c) && !is_selector(c) && !is_direction_mark(c)
}

/// Zero-width non-joiner and joiner, and the Mongolian vowel separator.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}' | '\u{180E}')
}

fn is_selector(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
        || matches!(c, '\u{180B}'..='\u{180D}' | '\u{180F}')
}

fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{061C}')
}

fn is_rtl_letter(c: char) -> bool {
    !is_direction_mark(c)
        && matches!(
            BIDI.get(c),
            BidiClass::RightToLeft | BidiClass::ArabicLetter
        )
}

/// Drops joiners, selectors and direction marks that do nothing where they stand.
fn in_context(text: &str) -> String {
    let has_rtl = text.chars().any(is_rtl_letter);
    let mut kept: Vec<char> = vec![];
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let next = rest.peek().copied();
        let stays = if is_joiner(c) {
            joins(&kept, c, next)
        } else if is_selector(c) {
            let base = kept.last().filter(|base| !is_space(**base));
            base.is_some_and(|base| selects(*base, c, next))
        } else if is_direction_mark(c) {
            has_rtl && !kept.last().is_some_and(|last| is_direction_mark(*last))
        } else {
            true
        };
        if stays {
            kept.push(c);
        }
    }
    kept.into_iter().collect()
}

/// Whether a joiner shapes what stands before it: letters that join (Arabic, Syriac, Mongolian, …), letters and signs
/// of Indic scripts, or two pictures that become one.
fn joins(before: &[char], joiner: char, next: Option<char>) -> bool {
    let Some(last) = before.last().copied() else {
        return false;
    };
    if INDIC.get(last) != IndicSyllabicCategory::Other && is_letter_or_mark(last) {
        return true;
    }
    let mut bases = before.iter().rev();
    let base = bases.find(|c| JOINING.get(**c) != JoiningType::Transparent);
    if base.is_some_and(|c| JOINING.get(*c) != JoiningType::NonJoining && !is_joiner(*c)) {
        return true;
    }
    let mut bases = before.iter().rev();
    let picture = bases.find(|c| **c != '\u{FE0F}' && !SKIN_TONE.contains(**c));
    joiner == '\u{200D}'
        && picture.is_some_and(|c| PICTURE.contains(*c))
        && next.is_some_and(|c| PICTURE.contains(c))
}

fn is_letter_or_mark(c: char) -> bool {
    matches!(
        CATEGORY.get(c),
        GeneralCategory::UppercaseLetter
            | GeneralCategory::LowercaseLetter
            | GeneralCategory::TitlecaseLetter
            | GeneralCategory::ModifierLetter
            | GeneralCategory::OtherLetter
            | GeneralCategory::NonspacingMark
            | GeneralCategory::EnclosingMark
            | GeneralCategory::SpacingMark
    )
}

/// Whether a variation selector belongs to the character before it.
fn selects(base: char, selector: char, next: Option<char>) -> bool {
    match selector {
        // Digits and signs are emoji as key caps only.
        '\u{FE0E}' | '\u{FE0F}' if base.is_ascii() => {
            EMOJI.contains(base) && next == Some('\u{20E3}')
        }
        '\u{FE0E}' | '\u{FE0F}' => EMOJI.contains(base),
        '\u{180B}'..='\u{180F}' => matches!(base, '\u{1820}'..='\u{18AA}'),
        _ => matches!(
            CATEGORY.get(base),
            GeneralCategory::OtherLetter
                | GeneralCategory::OtherSymbol
                | GeneralCategory::MathSymbol
        ),
    }
}

/// Whether somebody sees anything of it: a mark alone has nothing to stand on.
fn is_visible(text: &str) -> bool {
    text.chars().any(|c| {
        let category = CATEGORY.get(c);
        !is_space(c)
            && !IGNORABLE.contains(c)
            && !matches!(
                category,
                GeneralCategory::NonspacingMark
                    | GeneralCategory::EnclosingMark
                    | GeneralCategory::SpacingMark
            )
    })
}

fn is_space(c: char) -> bool {
    SPACE.contains(c) || BLANKS.contains(&c)
}

/// Folds white space: one blank between words, none at the ends of a line; of several empty lines one stays. Where
/// text may have several lines, each keeps its indentation.
fn spaced(text: &str, shape: Shape) -> String {
    match shape {
        Shape::Line => words(text),
        Shape::Lines => {
            let mut folded = String::with_capacity(text.len());
            let mut empty = 0;
            for line in lines(text) {
                let rest = words(line);
                if rest.is_empty() {
                    empty += 1;
                    continue;
                }
                if !folded.is_empty() {
                    folded.push_str(if empty == 0 { "\n" } else { "\n\n" });
                    let indentation = line.chars().take_while(|c| is_space(*c)).count();
                    folded.extend(std::iter::repeat_n(' ', indentation));
                }
                folded.push_str(&rest);
                empty = 0;
            }
            folded
        }
    }
}

fn words(text: &str) -> String {
    let words = text.split(is_space).filter(|word| !word.is_empty());
    let mut folded = String::with_capacity(text.len());
    for word in words {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    folded
}

/// Lines by any of the line breaks of Unicode.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .flat_map(|line| line.split(['\r', '\u{2028}', '\u{2029}']))
}

#[cfg(test)]
mod tests;
