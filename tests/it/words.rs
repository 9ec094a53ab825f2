//! How texts compare: whatever their Unicode form, case, punctuation and placement of tones.

use bantin::edition::Query;
use bantin::model::{Article, ArticleId, SourceId};
use bantin::text::{comparison_words, is_blank, same_words, search_key, terms, tidy};
use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

#[track_caller]
fn compares(text: &str, words: &[&str]) {
    assert_eq!(comparison_words(text), words, "{text:?}");
    assert_eq!(comparison_words(&text.nfd().collect::<String>()), words, "{text:?}, decomposed");
    assert_eq!(comparison_words(&text.to_uppercase()), words, "{text:?}, in capitals");
}

#[test]
fn one_placement_of_tones_stands_for_both() {
    compares("Khánh Hòa, Khánh Hoà", &["khánh", "hoà", "khánh", "hoà"]);
    compares("thúy và thuý", &["thuý", "và", "thuý"]);
    compares("khỏe khoẻ", &["khoẻ", "khoẻ"]);
    compares("hoàn, huỳnh, suýt, quý", &["hoàn", "huỳnh", "suýt", "quý"]);
    compares("qúy", &["qúy"]);
    compares("báo bão", &["báo", "bão"]);
    compares("a ò à", &["a", "ò", "à"]);
}

#[test]
fn every_letter_compares_as_its_small_form() {
    for c in ('\0'..=char::MAX).filter(|c| !"Ðð".contains(*c)) {
        let text = tidy(&format!("t{c}t"));
        let small = text.to_lowercase();
        let words: Vec<&str> = small.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        assert_eq!(comparison_words(&text), words, "{c:?}");
    }
    assert_eq!(comparison_words("ΟΔΟΣ ΣΑΣ"), ["οδος", "σας"]);
}

/// What is tidy, in the fewest words.
fn plainly_tidy(text: &str) -> String {
    let invisible = |c: &char| "\u{ad}\u{200b}\u{200e}\u{202c}\u{2060}\u{feff}\u{7f}\u{85}\0\u{1}\u{9f}".contains(*c);
    let seen: String = text.chars().filter(|c| c.is_whitespace() || !invisible(c)).nfc().collect();
    seen.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The key of a text as it is defined: decomposed as a whole, without marks, in lower case, one blank between words.
fn key_by_definition(text: &str) -> String {
    let letters = text.nfd().filter(|c| !is_combining_mark(*c) && !is_unseen(*c)).flat_map(char::to_lowercase);
    let words: String = letters
        .map(|c| match c {
            'đ' | 'ð' => 'd',
            c if c.is_alphanumeric() => c,
            _ => ' ',
        })
        .collect();
    words.split(' ').filter(|word| !word.is_empty()).fold(" ".to_owned(), |key, word| key + word + " ")
}

/// Control characters that are no blanks, and what leaves nothing of a text.
fn is_unseen(c: char) -> bool {
    tidy(&format!("a{c}b")) == "ab"
}

#[test]
fn a_character_is_tidied_alike_wherever_it_stands_in_a_long_text() {
    let around = "Mười lăm tháng tám năm hai nghìn hai mươi, từ “Nha Trang” – ";
    for code in 0..0x3000_usize {
        let Some(c) = u32::try_from(code).ok().and_then(char::from_u32) else { continue };
        let own = tidy(&format!("t{c}t"));
        // Its neighbours stand elsewhere, so that what they share is tried at each place.
        for shift in [code % 36, (7 * code + 13) % 36] {
            let (before, behind) = ("x".repeat(shift) + around, format!(" {around}{around}hết"));
            assert_eq!(tidy(&format!("{before}t{c}t{behind}")), format!("{before}{own}{behind}"), "{c:?} {shift}");
        }
    }
}

#[test]
fn every_character_is_searched_for_as_its_letters() {
    for c in (0..=0x0011_0000).filter_map(char::from_u32) {
        let text = format!("x{c}y");
        assert_eq!(search_key(&text), key_by_definition(&text), "{c:?}");
    }
    for (text, key) in [
        ("Khánh Hòa", " khanh hoa "),
        ("khanh-hoa", " khanh hoa "),
        ("ĐƯỜNG", " duong "),
        ("a\u{301}\u{323} e\u{323}\u{302}", " a e "),
        ("", " "),
        ("…", " "),
    ] {
        assert_eq!(search_key(text), key, "{text}");
    }
}

proptest! {
    #[test]
    fn words_compare_the_same_in_capitals_and_taken_apart(text in "[a-z0-9à-öø-ÿăđĩũơưạ-ỹaoeuyàòúýquy ,.\n“”-]{0,60}") {
        let text: String = text.chars().filter(|c| c.to_uppercase().count() == 1 && *c != 'ð').nfc().collect();
        let words = comparison_words(&text);
        prop_assert_eq!(&comparison_words(&text.to_uppercase()), &words);
        prop_assert_eq!(&comparison_words(&text.nfd().collect::<String>()), &words);
        prop_assert_eq!(&text.split('\n').flat_map(comparison_words).collect::<Vec<_>>(), &words);
    }

    #[test]
    fn a_text_is_searched_for_as_its_letters(text in "[ a-zà-ỹ\u{300}-\u{36f},.-]{0,60}|\\PC{0,40}") {
        prop_assert_eq!(search_key(&text), key_by_definition(&text));
    }

    #[test]
    fn tidy_text_is_composed_and_has_single_blanks_and_nothing_invisible(
        text in "([a-zĐđăắỹ. ]|mười lăm tháng tám năm hai nghìn |[ \n\u{a0}\u{2003}\u{2028}\u{85}]|[\u{ad}\u{200b}\u{200e}\u{202c}\u{2060}\u{feff}\u{7f}\u{1}\u{9f}]|\
                 [\u{300}\u{301}\u{323}\u{302}]|[“”–…¡ÿĀ\u{1ebf}\u{1ea0}\u{1ef9}\u{1efa}\u{1e9e}\u{2027}\u{2010}中😀가ﬁÅ]){0,24}"
    ) {
        prop_assert_eq!(tidy(&text), plainly_tidy(&text));
        prop_assert_eq!(is_blank(&text), tidy(&text).is_empty());
    }

    #[test]
    fn a_text_has_the_words_of_its_tidy_lines(
        text in "[ a-dA-DòàỌĐðÐ\u{300}-\u{309}\u{323}\u{328}\u{200b}\u{ad}\u{1}\t\u{b}\u{7f}ΣσςİŸ'’.,=0-3\n]{0,40}|\\PC{0,40}"
    ) {
        let tidy_lines: Vec<String> = text.split('\n').map(tidy).collect();
        prop_assert_eq!(comparison_words(&text), comparison_words(&tidy_lines.join("\n")));
        prop_assert!(same_words(&text, &tidy_lines.join("\n")));
    }

    #[test]
    fn texts_of_the_same_words_are_told_from_others(a in "[aáA ,]{0,6}", b in "[aáA ,]{0,6}") {
        prop_assert_eq!(same_words(&a, &b), comparison_words(&a) == comparison_words(&b));
    }

    #[test]
    fn comparing_what_compares_changes_nothing(text in "[ a-zàáảãạòóỏõọùúủũụđqu.,-]{0,60}|\\PC{0,40}") {
        let once = comparison_words(&text);
        prop_assert_eq!(comparison_words(&once.join(" ")), once);
        let clean = tidy(&text);
        prop_assert_eq!(tidy(&clean), clean);
    }
}

proptest! {
    #[test]
    fn what_stands_in_a_text_is_found_in_it_and_among_its_words(
        words in prop::collection::vec("[a-zăâđêôơưàáảãạấệỏòúỳA-ZĐẮ0-9]{1,7}", 1..12),
        from in 0..12usize, length in 1..4usize, accents: bool, apart: bool,
    ) {
        let phrase = words[from.min(words.len() - 1)..].iter().take(length).cloned().collect::<Vec<_>>().join("-");
        let phrase = if accents { phrase } else { search_key(&phrase) };
        let text = words.join(" ");
        let text = if apart { text.nfd().collect() } else { text };
        let seen = "2026-08-24T03:00:00Z".parse().unwrap();
        let id = ArticleId::of_address("bao.example/1");
        let article = Article::bare(id, SourceId::parse("bao").unwrap(), String::new(), text.clone(), seen);
        let query = Query::parse(&format!("\"{phrase}\""));
        prop_assert!(query.finds(&article), "{query:?} in {text:?}");
        let held = terms(&[&text]);
        prop_assert!(!query.sought().is_empty());
        prop_assert!(query.sought().iter().all(|sought| sought.is_among(&held)), "{query:?} in {text:?}");
    }
}
