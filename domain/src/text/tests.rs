use proptest::prelude::*;

use super::*;

/// Text of many scripts that is in the normal form and has to stay as it is.
const WELL_WRITTEN: [&str; 22] = [
    "Acme & Sons (2026), Ltd.",
    "Müller",
    "Ångström",
    "Nguyễn Văn Đức",
    "Ελληνικά ΑΒΓ",
    "Київ, ґанок",
    "שלום עולם",
    "שלום C++\u{200E} (2.0)",
    "می\u{200C}خواهم",
    "کار\u{200C}ها",
    "ه\u{200D}",
    "हिन्दी",
    "क्\u{200D}ष",
    "ന്\u{200D}",
    "ශ්\u{200D}රී ලංකා",
    "র\u{200D}্য",
    "葛\u{E0100}城",
    "日本語テスト",
    "한국어",
    "👩🏽\u{200D}🚀 and 👨\u{200D}👩\u{200D}👧",
    "🏳\u{FE0F}\u{200D}🌈 ❤\u{FE0F} 1\u{FE0F}\u{20E3} 🇦🇹",
    "ᠮᠣᠩᠭᠣᠯ\u{180E}ᠠ",
];

#[test]
fn text_of_every_script_stays_as_it_is() {
    for text in WELL_WRITTEN {
        assert_eq!(key(text).as_deref(), Ok(text), "{text:?}");
        assert_eq!(mended(text), text, "{text:?}");
        assert_eq!(
            required_text("f", text, 100).as_deref(),
            Ok(text),
            "{text:?}"
        );
    }
}

#[test]
fn composed_and_decomposed_are_one() {
    for (decomposed, composed) in [
        ("Mu\u{308}ller", "Müller"),
        ("A\u{30A}", "Å"),
        ("\u{212B}", "Å"),
        ("\u{1112}\u{1161}\u{11AB}", "한"),
    ] {
        assert_eq!(key(decomposed).as_deref(), Ok(composed));
    }
}

#[test]
fn nothing_visible_is_nothing() {
    for empty in [
        "",
        " ",
        "\u{200B}",
        "\u{200B}\u{200C}\u{200D}\u{2060}\u{FEFF}",
        "\u{AD}",
        "\u{34F}",
        "\u{115F}\u{1160}",
        "\u{3164}",
        "\u{FFA0}",
        "\u{17B4}\u{17B5}",
        "\u{180E}",
        "\u{FE0F}",
        "\u{E0100}",
        "\u{2061}\u{2064}",
        "\u{200E}\u{200F}\u{61C}",
        "\u{A0}\u{2003}\u{3000}\u{202F}\u{205F}\u{1680}",
        "\u{2028}\u{2029}\r\n\t",
        "\u{2800}\u{2800}",
        "\u{1D159}",
        "\u{301}",
        "\u{206A}\u{206F}",
        "\u{1D173}",
        "\u{200B} \u{200B}",
    ] {
        let refusal = Err(Invalid::new("name", Rule::Required));
        assert_eq!(required_line("name", empty, 9), refusal, "{empty:?}");
        assert_eq!(required_text("name", empty, 9), refusal, "{empty:?}");
        assert_eq!(optional_line("name", Some(empty), 9), Ok(None), "{empty:?}");
        assert_eq!(optional_text("name", Some(empty), 9), Ok(None), "{empty:?}");
        assert_eq!(mended(empty), "-", "{empty:?}");
    }
}

#[test]
fn invisible_characters_between_letters_are_dropped() {
    for hidden in [
        '\u{200B}',
        '\u{200C}',
        '\u{200D}',
        '\u{2060}',
        '\u{FEFF}',
        '\u{AD}',
        '\u{34F}',
        '\u{FE0F}',
        '\u{FE00}',
        '\u{E0100}',
        '\u{180B}',
        '\u{180E}',
        '\u{3164}',
        '\u{200E}',
        '\u{200F}',
        '\u{61C}',
        '\u{2062}',
        '\u{206A}',
    ] {
        let text = format!("El{hidden}m");
        assert_eq!(key(&text).as_deref(), Ok("Elm"), "{hidden:?}");
    }
}

#[test]
fn refuses_what_turns_text_around() {
    for control in
        "\u{202A}\u{202B}\u{202C}\u{202D}\u{202E}\u{2066}\u{2067}\u{2068}\u{2069}".chars()
    {
        for text in [
            format!("Elm{control}dtL"),
            format!("שלום{control}"),
            control.to_string(),
        ] {
            assert_eq!(
                optional_line("name", Some(&text), 99),
                Err(Invalid::new("name", Rule::DirectionControl)),
                "{text:?}"
            );
        }
        assert_eq!(mended(&format!("Elm{control}dtL")), "ElmdtL");
    }
}

#[test]
fn refuses_what_is_no_character() {
    for bad in [
        '\u{E000}',
        '\u{F8FF}',
        '\u{F0000}',
        '\u{10FFFD}',
        '\u{FFFF}',
        '\u{FDD0}',
        '\u{378}',
        '\u{E0001}',
        '\u{E0041}',
        '\u{E007F}',
        '\u{E0FFF}',
        '\u{FFF9}',
    ] {
        let refusal = Err(Invalid::new("notes", Rule::NotACharacter));
        assert_eq!(
            required_text("notes", &format!("a{bad}b"), 9),
            refusal,
            "{bad:?}"
        );
    }
    for bad in [
        '\0', '\u{7}', '\u{B}', '\u{C}', '\u{1B}', '\u{7F}', '\u{85}', '\u{9F}',
    ] {
        let refusal = Err(Invalid::new("notes", Rule::ControlCharacter));
        assert_eq!(
            required_text("notes", &format!("a{bad}b"), 9),
            refusal,
            "{bad:?}"
        );
    }
}

#[test]
fn a_line_has_no_line_break() {
    for text in [
        "x\r\nBcc: y",
        "x\nBcc: y",
        "x\rBcc: y",
        "x\u{2028}Bcc: y",
        "x \t\u{3000} Bcc: y",
    ] {
        assert_eq!(key(text).as_deref(), Ok("x Bcc: y"), "{text:?}");
    }
}

#[test]
fn lines_keep_their_breaks_and_indentation() {
    let typed = "\r\n  Terms: \r\n\r\n\r\n\r\n  1.  pay\t now\r  2. or\u{2028}later\n\n";
    let kept = "Terms:\n\n  1. pay now\n  2. or\nlater";
    assert_eq!(required_text("terms", typed, 99).as_deref(), Ok(kept));
    assert_eq!(mended(typed), kept);
}

#[test]
fn length_is_counted_in_the_normal_form() {
    assert_eq!(
        required_line("name", "u\u{308}\u{200B}", 1).as_deref(),
        Ok("ü")
    );
    assert_eq!(
        required_line("name", "ab", 1),
        Err(Invalid::new("name", Rule::TooLong(1)))
    );
}

#[test]
fn searches_ignore_case_in_every_script() {
    for (a, b) in [
        ("MÜLLER", "Mu\u{308}ller"),
        ("STRASSE", "straße"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
        ("ПРИВЕТ", "привет"),
        ("İSTANBUL", "istanbul"),
        ("ISPARTA", "ısparta"),
        ("ＡＣＭＥ", "acme"),
        ("ﬁsh", "FISH"),
        ("𞤀𞤣𞤢", "𞤢𞤣𞤢"),
        ("ა", "Ა"),
        ("Ꭰ", "ꭰ"),
        ("a\u{A0}\u{200B} b", "A B"),
    ] {
        assert_eq!(folded(a), folded(b), "{a} {b}");
    }
    assert_ne!(folded("a"), folded("b"));
}

#[test]
fn keys_keep_their_case() {
    assert_ne!(key("0013AbC"), key("0013aBc"));
}

/// Any text, with many of the characters that matter here.
fn any_text() -> impl Strategy<Value = String> {
    let special: Vec<char> = "aAé1#\u{301}\u{308}\u{20E3} \n\r\t\u{A0}\u{200B}\u{200C}\u{200D}\u{200E}\u{200F}\u{61C}\u{FE0F}\u{FE00}\u{E0100}\u{180B}\u{180E}\u{34F}\u{1160}\u{1100}\u{1161}\u{2028}\u{2800}שםکीक्र❤🏽👩葛ᠮİıßﬁ"
        .chars()
        .collect();
    let one = prop_oneof![
        3 => proptest::sample::select(special),
        1 => any::<char>(),
    ];
    proptest::collection::vec(one, 0..24).prop_map(String::from_iter)
}

proptest! {
    #[test]
    fn the_normal_form_is_the_normal_form_of_itself(text in any_text()) {
        for shape in [Shape::Line, Shape::Lines] {
            if let Ok(once) = normal(&text, shape) {
                let twice = normal(&once, shape).map(Cow::into_owned);
                prop_assert_eq!(twice, Ok(once.clone().into_owned()));
            }
        }
        let once = mended(&text);
        prop_assert_eq!(mended(&once), once.clone());
        prop_assert_eq!(normal(&once, Shape::Lines).map(Cow::into_owned), Ok(once));
        let once = folded(&text);
        prop_assert_eq!(folded(&once), once);
    }

    #[test]
    fn what_is_kept_shows_what_it_holds(text in any_text()) {
        if let Ok(Some(kept)) = optional_line("f", Some(&text), 1_000) {
            prop_assert!(kept.chars().all(|c| !c.is_control() && refusal(c).is_none()));
            let hidden = ['\u{200B}', '\u{2028}', '\u{FEFF}'];
            prop_assert!(!kept.contains(hidden));
            prop_assert!(is_visible(&kept));
            prop_assert_eq!(kept.trim(), &kept);
            prop_assert_eq!(&*NFC.normalize(&kept), &kept);
        }
    }

    #[test]
    fn texts_that_look_alike_compare_alike(text in any_text()) {
        if let (Ok(a), Ok(b)) = (key(&text), key(&format!("\u{200B}{}\u{FEFF} ", NFC.normalize(&text)))) {
            prop_assert_eq!(&a, &b);
            if !a.is_empty() {
                prop_assert_eq!(folded(&a), folded(&text));
            }
        }
    }
}
