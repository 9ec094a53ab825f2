//! How texts compare: whatever their Unicode form, case, punctuation and placement of tones.

use bantin::text::{comparison_words, tidy};
use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

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

proptest! {
    #[test]
    fn comparing_what_compares_changes_nothing(text in "[ a-zàáảãạòóỏõọùúủũụđqu.,-]{0,60}|\\PC{0,40}") {
        let once = comparison_words(&text);
        prop_assert_eq!(comparison_words(&once.join(" ")), once);
        let clean = tidy(&text);
        prop_assert_eq!(tidy(&clean), clean);
    }
}
