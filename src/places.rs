//! Which provinces a headline names, those of today and those before July 2025.
//!
//! A name counts when it stands whole and by itself: not as a part of a longer name (*Thái Bình Dương*, *Điện Biên
//! Phủ*), not as a person's (*Nguyễn Huế*), not as that of a street, river, ward or commune (*đường Hà Giang*, *phố
//! Huế*, *sông Đồng Nai*), not abroad (*Hà Nam, Trung Quốc*). A club or an office is of the province that it is called by
//! (*CLB Hà Nội*, *SHB Đà Nẵng*), but no firm whose own name goes on in the province's (*Hoàng Anh Gia Lai*).

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use crate::model::{PROVINCES, Province, province};

/// Other spellings of names, each with the slug it stands for. *Hồ Chí Minh* alone is the person.
const SPELLINGS: [(&str, &str); 20] = [
    ("Thừa Thiên Huế", "hue"),
    ("Thành phố Hồ Chí Minh", "ho-chi-minh"),
    ("thành phố Hồ Chí Minh", "ho-chi-minh"),
    ("Tp Hồ Chí Minh", "ho-chi-minh"),
    ("TP HCM", "ho-chi-minh"),
    ("Tp HCM", "ho-chi-minh"),
    ("TPHCM", "ho-chi-minh"),
    ("Khánh Hoà", "khanh-hoa"),
    ("Thanh Hoá", "thanh-hoa"),
    ("Hoà Bình", "hoa-binh"),
    ("Đắc Lắc", "dak-lak"),
    ("Đăk Lăk", "dak-lak"),
    ("Đăk Lắk", "dak-lak"),
    ("Đắk Lăk", "dak-lak"),
    ("Đắk Lắc", "dak-lak"),
    ("Đắc Nông", "dak-nong"),
    ("Đăk Nông", "dak-nong"),
    ("Bắc Cạn", "bac-kan"),
    ("Kontum", "kon-tum"),
    ("KonTum", "kon-tum"),
];

/// Longer names of other things that begin or end in a province's name.
const OTHERS: [&str; 5] = ["Thái Bình Dương", "Điện Biên Phủ", "Tây Thái Bình Dương", "Hải Dương học", "Hải Dương 981"];

/// Words before a name that make it one of a street, a river, an inn, a person or a clock's time.
const OTHER_KINDS: [&str; 13] =
    ["đường", "sông", "phố", "ngõ", "sạn", "giờ", "ông", "bà", "anh", "chị", "em", "cô", "cháu"];

/// Words before a name that make it one of a lesser unit.
const LESSER_UNITS: [&str; 10] = ["phường", "xã", "thôn", "ấp", "làng", "bản", "chợ", "quận", "huyện", "trấn"];

/// Two words before a name that make it another thing's, where the second alone does not: *tiết lộ Đà Nẵng*.
const OTHER_PAIRS: [(&str, &str); 9] = [
    ("công", "viên"),
    ("nhà", "hát"),
    ("nhà", "nghỉ"),
    ("quảng", "trường"),
    ("tập", "đoàn"),
    ("quốc", "lộ"),
    ("tỉnh", "lộ"),
    ("xa", "lộ"),
    ("đại", "lộ"),
];

/// Two words of which the second alone would make a name another thing's, and the two do not.
const OWN_PAIRS: [(&str, &str); 26] = [
    ("thành", "phố"),
    ("đường", "phố"),
    ("lòng", "đường"),
    ("cầu", "đường"),
    ("thị", "xã"),
    ("tác", "xã"),
    ("hội", "chợ"),
    ("xuất", "bản"),
    ("văn", "bản"),
    ("phiên", "bản"),
    ("kịch", "bản"),
    ("nhật", "bản"),
    ("đàn", "ông"),
    ("đàn", "bà"),
    ("trẻ", "em"),
    ("chị", "em"),
    ("anh", "em"),
    ("tiếng", "anh"),
    ("nước", "anh"),
    ("thầy", "cô"),
    ("sư", "phạm"),
    ("vi", "phạm"),
    ("tội", "phạm"),
    ("xâm", "phạm"),
    ("bao", "giờ"),
    ("bây", "giờ"),
];

/// Words before lesser units that speak of several, which are named by where they lie: *các huyện Hà Tĩnh*.
const PLURALS: [&str; 4] = ["các", "những", "nhiều", "mọi"];

/// Capitalised words that may stand before a province's name within a sentence.
const OFFICES: [&str; 20] = [
    "Tỉnh", "Phố", "Báo", "Đài", "Đoàn", "Sở", "Cảng", "Vịnh", "Biển", "Bắc", "Nam", "Tây", "Đông", "Cổng", "Hội",
    "Viện", "Khoa", "Thuế", "Học", "Án",
];

/// Family names that begin nearly all Vietnamese names, without those that are also words or parts of provinces' names.
const SURNAMES: [&str; 30] = [
    "Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương",
    "Lý", "Đinh", "Trịnh", "Mai", "Cao", "Trương", "Phùng", "Phí", "Chu", "Tô", "Tạ", "Lương", "Lưu", "Đào", "Tống",
];

/// Those of them that are hardly words, so that they are names in capitals too: *NGUYỄN HÒA BÌNH*, but *ĐẤT VÕ BÌNH
/// ĐỊNH* and *QUẢN LÝ HÀ NỘI*.
const SURNAMES_ALONE: [&str; 9] = ["Nguyễn", "Trần", "Phạm", "Huỳnh", "Phan", "Bùi", "Đặng", "Trịnh", "Phùng"];

/// A word of a text and what stands before it.
struct Word<'a> {
    text: &'a str,
    before: &'a str,
}

/// The provinces that the texts name, each once, in the order of their first mention.
///
/// The texts are in NFC, as stored titles and leads are.
#[must_use]
pub fn provinces_named(texts: &[&str]) -> Vec<&'static Province> {
    let mut named: Vec<&'static Province> = Vec::new();
    for text in texts {
        let words = words_of(text);
        let mut at = 0;
        while at < words.len() {
            let Some((length, unit)) = longest_name(&words, at) else {
                at += 1;
                continue;
            };
            if let Some(unit) = unit.filter(|unit| stands_alone(unit, &words, at, length))
                && !named.contains(&unit)
            {
                named.push(unit);
            }
            at += length;
        }
    }
    named
}

fn words_of(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut last = 0;
    for (start, part) in text.split(|c: char| !is_of_word(c)).map(|part| (offset(text, part), part)) {
        if !part.is_empty() {
            words.push(Word { text: part, before: &text[last..start] });
            last = start + part.len();
        }
    }
    words
}

/// Whether it is a letter or digit; the table of all letters is asked for those of other scripts alone.
fn is_of_word(c: char) -> bool {
    matches!(c, 'a'..='z' | 'A'..='Z' | '0'..='9' | 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ɏ' | 'Ạ'..='ỹ')
        || (!c.is_ascii() && c.is_alphanumeric())
}

fn offset(whole: &str, part: &str) -> usize {
    part.as_ptr() as usize - whole.as_ptr() as usize
}

/// A name in its words, each as it is written and in capitals, and the province unless it is another thing.
struct Name {
    words: Vec<[String; 2]>,
    unit: Option<&'static Province>,
}

/// All names by their first words.
struct Names {
    by_first_word: HashMap<String, Vec<Arc<Name>>>,
    /// Whether a first word begins with a byte: most words of a text do not.
    first_bytes: [bool; 256],
}

impl Names {
    fn that_begin(&self, word: &str) -> &[Arc<Name>] {
        let may_begin = word.bytes().next().is_some_and(|byte| self.first_bytes[usize::from(byte)]);
        if may_begin { self.by_first_word.get(word).map_or(&[], Vec::as_slice) } else { &[] }
    }
}

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let units = PROVINCES.iter().map(|unit| (unit.name, Some(unit)));
    let spelled = SPELLINGS.iter().map(|(name, slug)| (*name, province(slug)));
    let others = OTHERS.iter().map(|name| (*name, None));
    let forms = |word: Word| [word.text.to_owned(), word.text.to_uppercase()];
    let mut by_first_word: HashMap<String, Vec<Arc<Name>>> = HashMap::new();
    let mut first_bytes = [false; 256];
    for (name, unit) in units.chain(spelled).chain(others) {
        let name = Arc::new(Name { words: words_of(name).into_iter().map(forms).collect(), unit });
        for first in name.words.iter().take(1).flatten() {
            by_first_word.entry(first.clone()).or_default().push(name.clone());
            first.bytes().take(1).for_each(|byte| first_bytes[usize::from(byte)] = true);
        }
    }
    Names { by_first_word, first_bytes }
});

/// The longest known name that begins at a word: its length in words, and the province unless it is another thing.
fn longest_name(words: &[Word], at: usize) -> Option<(usize, Option<&'static Province>)> {
    let fits = |name: &&Arc<Name>| {
        let Some(here) = words.get(at..at + name.words.len()) else { return false };
        let same = here.iter().zip(&name.words).all(|(word, forms)| forms.iter().any(|form| form == word.text));
        same && here.iter().skip(1).all(|word| joins(word.before))
    };
    let begin = NAMES.that_begin(words[at].text).iter();
    let longest = begin.filter(fits).max_by_key(|name| name.words.len())?;
    Some((longest.words.len(), longest.unit))
}

/// Blanks, dots and dashes stand between the words of one name: `TP. Hồ Chí Minh`, `Bà Rịa - Vũng Tàu`.
fn joins(between: &str) -> bool {
    between.trim_matches([' ', '.', '-', '–']).is_empty()
}

/// A word as the name has it, or all in capitals.
fn is_written(word: &str, name: &str) -> bool {
    let capitals = || word.chars().all(|c| !c.is_lowercase()) && word == name.to_uppercase();
    word == name || capitals()
}

fn stands_alone(unit: &Province, words: &[Word], at: usize, length: usize) -> bool {
    let capitals = words[at].text.chars().nth(1).is_some_and(char::is_uppercase);
    let behind = &words[at + length..];
    if is_abroad(unit, behind) || (!capitals && goes_on(behind)) {
        return false;
    }
    let Some(before) = at.checked_sub(1).map(|before| &words[before]) else { return true };
    if words[at].before != " " {
        return true;
    }
    let earlier = match before.before {
        " " => at.checked_sub(2).map(|earlier| words[earlier].text.to_lowercase()).unwrap_or_default(),
        sign => sign.trim().to_owned(),
    };
    let last = before.text.to_lowercase();
    let pair = (&*earlier, &*last);
    if OWN_PAIRS.contains(&pair) {
        return true;
    }
    if OTHER_KINDS.contains(&&*last) {
        return false;
    }
    if LESSER_UNITS.contains(&&*last) {
        return PLURALS.contains(&&*earlier);
    }
    let opens = before.before.contains(['.', ':', '"', '“', '!', '?', '-', '–', '(']) || at == 1;
    let part_of_a_name = is_capitalised(before.text) && !is_short_form(before.text) && !OFFICES.contains(&before.text);
    !OTHER_PAIRS.contains(&pair) && !is_surname(before.text) && (capitals || opens || !part_of_a_name)
}

fn is_surname(word: &str) -> bool {
    SURNAMES.contains(&word) || SURNAMES_ALONE.iter().any(|surname| is_written(word, surname))
}

/// Whether a name is longer than the province's; a person's name behind it is another one, as in `Bí thư Hà Nội Lê Văn
/// An`.
fn goes_on(behind: &[Word]) -> bool {
    let [next, rest @ ..] = behind else { return false };
    let person = || SURNAMES.contains(&next.text) && rest.first().is_some_and(|given| is_capitalised(given.text));
    next.before == " " && is_capitalised(next.text) && !is_acronym(next.text) && !person()
}

/// `Hà Nam (Trung Quốc)`, `Hà Nam, Trung Quốc`: a province of China has the name of one of Vietnam. Any other one only
/// stands beside that country.
fn is_abroad(unit: &Province, behind: &[Word]) -> bool {
    let [country, rest, ..] = behind else { return false };
    unit.slug == "ha-nam"
        && matches!(country.before, ", " | " (")
        && is_written(country.text, "Trung")
        && is_written(rest.text, "Quốc")
}

fn is_capitalised(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_uppercase)
}

/// `UBND`, `FC`, `T2`: several characters, all capitals or digits.
fn is_acronym(word: &str) -> bool {
    word.chars().count() > 1 && word.chars().all(|c| c.is_uppercase() || c.is_ascii_digit())
}

/// An acronym, or the letter by which a hospital or a faculty is called: `Bệnh viện K`, `Đại học Y`.
fn is_short_form(word: &str) -> bool {
    is_acronym(word) || matches!(word, "E" | "K" | "Y")
}
