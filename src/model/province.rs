//! The 34 provincial units of Vietnam since 1 July 2025 and the former ones that they absorbed.
//!
//! Codes are the official ones, kept from the surviving unit (Resolution 202/2025/QH15).

/// A provincial unit, of today or of before July 2025.
#[derive(Debug, PartialEq, Eq)]
pub struct Province {
    /// The official code; `None` for a former unit.
    pub code: Option<u8>,
    /// The name in addresses, such as `khanh-hoa`.
    pub slug: &'static str,
    /// The name for people, such as `Khánh Hòa`.
    pub name: &'static str,
    /// For a former unit, the slug of the unit that absorbed it.
    pub within: Option<&'static str>,
}

impl Province {
    /// Whether stories of `other` belong here: the unit itself, or a former one that it absorbed.
    #[must_use]
    pub fn covers(&self, other: &Province) -> bool {
        self.slug == other.slug || other.within == Some(self.slug)
    }
}

const fn unit(code: u8, slug: &'static str, name: &'static str) -> Province {
    Province { code: Some(code), slug, name, within: None }
}

const fn former(slug: &'static str, name: &'static str, within: &'static str) -> Province {
    Province { code: None, slug, name, within: Some(within) }
}

/// All units of today, by code, each followed by the former ones that it absorbed.
pub static PROVINCES: [Province; 63] = [
    unit(1, "ha-noi", "Hà Nội"),
    unit(4, "cao-bang", "Cao Bằng"),
    unit(8, "tuyen-quang", "Tuyên Quang"),
    former("ha-giang", "Hà Giang", "tuyen-quang"),
    unit(11, "dien-bien", "Điện Biên"),
    unit(12, "lai-chau", "Lai Châu"),
    unit(14, "son-la", "Sơn La"),
    unit(15, "lao-cai", "Lào Cai"),
    former("yen-bai", "Yên Bái", "lao-cai"),
    unit(19, "thai-nguyen", "Thái Nguyên"),
    former("bac-kan", "Bắc Kạn", "thai-nguyen"),
    unit(20, "lang-son", "Lạng Sơn"),
    unit(22, "quang-ninh", "Quảng Ninh"),
    unit(24, "bac-ninh", "Bắc Ninh"),
    former("bac-giang", "Bắc Giang", "bac-ninh"),
    unit(25, "phu-tho", "Phú Thọ"),
    former("hoa-binh", "Hòa Bình", "phu-tho"),
    former("vinh-phuc", "Vĩnh Phúc", "phu-tho"),
    unit(31, "hai-phong", "Hải Phòng"),
    former("hai-duong", "Hải Dương", "hai-phong"),
    unit(33, "hung-yen", "Hưng Yên"),
    former("thai-binh", "Thái Bình", "hung-yen"),
    unit(37, "ninh-binh", "Ninh Bình"),
    former("ha-nam", "Hà Nam", "ninh-binh"),
    former("nam-dinh", "Nam Định", "ninh-binh"),
    unit(38, "thanh-hoa", "Thanh Hóa"),
    unit(40, "nghe-an", "Nghệ An"),
    unit(42, "ha-tinh", "Hà Tĩnh"),
    unit(44, "quang-tri", "Quảng Trị"),
    former("quang-binh", "Quảng Bình", "quang-tri"),
    unit(46, "hue", "Huế"),
    unit(48, "da-nang", "Đà Nẵng"),
    former("quang-nam", "Quảng Nam", "da-nang"),
    unit(51, "quang-ngai", "Quảng Ngãi"),
    former("kon-tum", "Kon Tum", "quang-ngai"),
    unit(52, "gia-lai", "Gia Lai"),
    former("binh-dinh", "Bình Định", "gia-lai"),
    unit(56, "khanh-hoa", "Khánh Hòa"),
    former("ninh-thuan", "Ninh Thuận", "khanh-hoa"),
    unit(66, "dak-lak", "Đắk Lắk"),
    former("phu-yen", "Phú Yên", "dak-lak"),
    unit(68, "lam-dong", "Lâm Đồng"),
    former("binh-thuan", "Bình Thuận", "lam-dong"),
    former("dak-nong", "Đắk Nông", "lam-dong"),
    unit(75, "dong-nai", "Đồng Nai"),
    former("binh-phuoc", "Bình Phước", "dong-nai"),
    unit(79, "ho-chi-minh", "TP. Hồ Chí Minh"),
    former("binh-duong", "Bình Dương", "ho-chi-minh"),
    former("ba-ria-vung-tau", "Bà Rịa-Vũng Tàu", "ho-chi-minh"),
    unit(80, "tay-ninh", "Tây Ninh"),
    former("long-an", "Long An", "tay-ninh"),
    unit(82, "dong-thap", "Đồng Tháp"),
    former("tien-giang", "Tiền Giang", "dong-thap"),
    unit(86, "vinh-long", "Vĩnh Long"),
    former("ben-tre", "Bến Tre", "vinh-long"),
    former("tra-vinh", "Trà Vinh", "vinh-long"),
    unit(91, "an-giang", "An Giang"),
    former("kien-giang", "Kiên Giang", "an-giang"),
    unit(92, "can-tho", "Cần Thơ"),
    former("soc-trang", "Sóc Trăng", "can-tho"),
    former("hau-giang", "Hậu Giang", "can-tho"),
    unit(96, "ca-mau", "Cà Mau"),
    former("bac-lieu", "Bạc Liêu", "ca-mau"),
];

/// The unit with this slug.
#[must_use]
pub fn province(slug: &str) -> Option<&'static Province> {
    PROVINCES.iter().find(|province| province.slug == slug)
}

/// All slugs, in the table's order.
pub fn province_slugs() -> impl Iterator<Item = &'static str> {
    PROVINCES.iter().map(|province| province.slug)
}
