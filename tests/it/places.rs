//! Which provinces a headline names, and what that is good for.

use bantin::places::provinces_named;
use serde_json::json;

use super::harness::{FakeSite, TestDaemon, article, listing, prose, source};

#[track_caller]
fn names(text: &str, wanted: &[&str]) {
    let slugs: Vec<&str> = provinces_named(&[text]).iter().map(|unit| unit.slug).collect();
    assert_eq!(slugs, wanted, "{text}");
}

#[test]
fn whole_names_of_today_and_of_before_july_2025_are_found() {
    names("Khánh Hòa đón hơn 186 nghìn lượt khách", &["khanh-hoa"]);
    names("Cầu nối Ninh Thuận và Bình Thuận thông xe", &["ninh-thuan", "binh-thuan"]);
    names("Công an tỉnh Bình Định bắt nhóm đánh bạc", &["binh-dinh"]);
    names("Mưa lớn từ Nghệ An - Hà Tĩnh đến Thừa Thiên - Huế", &["nghe-an", "ha-tinh", "hue"]);
    names("Cảng Bà Rịa – Vũng Tàu đón tàu lớn", &["ba-ria-vung-tau"]);
    names("UBND TP. Hồ Chí Minh họp; TP.HCM mưa to", &["ho-chi-minh"]);
    names("Tại thành phố Hồ Chí Minh và TP Huế", &["ho-chi-minh", "hue"]);
    names("KHÁNH HÒA TỔNG KẾT NĂM HỌC", &["khanh-hoa"]);
    names("Festival Huế khai mạc", &["hue"]);
}

#[test]
fn other_spellings_are_the_same_places() {
    names("Mưa ở Khánh Hoà và Thanh Hoá", &["khanh-hoa", "thanh-hoa"]);
    names("Cà phê Đắc Lắc, hồ tiêu Đăk Nông", &["dak-lak", "dak-nong"]);
    names("Thuỷ điện ở Kontum, rừng Bắc Cạn", &["kon-tum", "bac-kan"]);
}

#[test]
fn parts_of_longer_names_are_no_provinces() {
    names("Diễn đàn châu Á - Thái Bình Dương", &[]);
    names("Kỷ niệm chiến thắng Điện Biên Phủ", &[]);
    names("Hoàng Anh Gia Lai thắng đậm", &[]);
    names("Chủ tịch Hồ Chí Minh với thiếu nhi", &[]);
    names("Giữ gìn hòa bình, tăng thuế xăng dầu", &[]);
    names("Hội nghị Tương lai châu Á", &[]);
}

#[test]
fn people_streets_and_lesser_units_are_no_provinces() {
    names("Ông Nguyễn Hòa Bình thăm nông dân", &[]);
    names("Nguyễn Huế đoạt huy chương vàng", &[]);
    names("Chị Lê Thái Bình được khen thưởng", &[]);
    names("Ùn tắc trên đường Điện Biên Phủ và đường Hà Giang", &[]);
    names("Cháy lớn ở phố Huế", &[]);
    names("Xe tải lật trên đường Hà Giang", &[]);
    names("Xã Ninh Bình thuộc một huyện khác", &[]);
    names("Đại hội huyện Quảng Ninh, tỉnh Quảng Bình", &["quang-binh"]);
    names("Thị xã Quảng Trị thắp nến tri ân", &["quang-tri"]);
    names("NGUYỄN HÒA BÌNH TIẾP CỬ TRI", &[]);
    names("Trương Hòa Bình dự lễ khởi công", &[]);
    names("Nước sông Đồng Nai lên nhanh, kẹt xe trên xa lộ Hà Nội", &[]);
    names("Cháy ở nhà nghỉ Lạng Sơn, đông vui công viên Hòa Bình", &[]);
    names("Tắc trên các phố Huế, Hàng Bài và các đường Thái Nguyên, lũ lên ở các sông Đồng Nai, La Ngà", &[]);
    for hour in ["lúc 2h sáng theo giờ Hà Nội", "lúc 2h giờ Hà Nội", "22h00 giờ Hà Nội", "rạng sáng nay giờ Hà Nội"]
    {
        names(&format!("Trận đấu bắt đầu {hour}"), &[]);
    }
    names("Giáo viên Hòa Bình, sinh viên Hà Nội", &["hoa-binh", "ha-noi"]);
}

#[test]
fn a_persons_name_behind_a_provinces_is_another_name() {
    names("Chủ tịch UBND TP. Hà Nội Nguyễn Đức Chung yêu cầu", &["ha-noi"]);
    names("Nguyên Bí thư Bình Định Nguyễn Văn Thiện bị kỷ luật", &["binh-dinh"]);
    names("Bác sĩ Thái Bình Hưng mổ cho bệnh nhân", &[]);
}

#[test]
fn clubs_and_offices_are_of_their_province_and_firms_with_names_of_their_own_are_not() {
    names("CLB Hà Nội gặp SHB Đà Nẵng, Hải Phòng FC thắng", &["ha-noi", "da-nang", "hai-phong"]);
    names("Sở Y tế Thanh Hóa kiểm tra Bệnh viện Đa khoa tỉnh Sóc Trăng", &["thanh-hoa", "soc-trang"]);
    names("Trận gặp Becamex Bình Dương, cổ phiếu Quốc Cường Gia Lai", &[]);
    names("Cổ đông của tập đoàn Hòa Bình họp", &[]);
}

#[test]
fn words_that_only_look_like_those_of_a_street_a_clock_or_a_person_leave_a_province_its_own() {
    names("Bao giờ Hà Nội hết ngập? Dân hỏi bao giờ Huế có cầu, bây giờ Cà Mau đã có", &["ha-noi", "hue", "ca-mau"]);
    names("Tiết lộ Đà Nẵng chi bao nhiêu cho pháo hoa", &["da-nang"]);
    names("Kỳ nghỉ Quảng Ninh giá rẻ", &["quang-ninh"]);
    names("Đường phố Hà Nội vắng, lòng đường Hải Phòng đông", &["ha-noi", "hai-phong"]);
    names("Trẻ em Hà Giang đến trường, thầy cô Lai Châu vui", &["ha-giang", "lai-chau"]);
    names("Hội chợ Cần Thơ, hợp tác xã Sơn La, nhà xuất bản Nghệ An", &["can-tho", "son-la", "nghe-an"]);
    names("Các huyện Hà Tĩnh mất điện, nhiều xã Quảng Trị ngập", &["ha-tinh", "quang-tri"]);
    names("Cấp cứu ở Bệnh viện K Hà Nội và Bệnh viện Đa Khoa Hòa Bình", &["ha-noi", "hoa-binh"]);
    names("Xe lật trên quốc lộ Hà Giang, tỉnh lộ Cao Bằng và đại lộ Bình Dương", &[]);
    names("Khai mạc lúc 2h (giờ Hà Nội), tức 20h hôm trước, giờ Hà Nội", &[]);
}

#[test]
fn in_capitals_only_family_names_that_are_hardly_words_make_a_person() {
    names("NGÀY MAI HÀ NỘI CHUYỂN RÉT", &["ha-noi"]);
    names("CHẤN CHỈNH CÔNG TÁC QUẢN LÝ HÀ NỘI", &["ha-noi"]);
    names("VỀ MIỀN ĐẤT VÕ BÌNH ĐỊNH", &["binh-dinh"]);
    names("ĐẠI HỌC SƯ PHẠM HÀ NỘI TUYỂN SINH", &["ha-noi"]);
    names("PHAN THÁI BÌNH VÀ BÙI HẢI DƯƠNG NHẬN GIẢI", &[]);
}

#[test]
fn a_province_beside_a_foreign_country_is_not_in_it() {
    names("Cửa khẩu Lạng Sơn - Trung Quốc thông quan", &["lang-son"]);
    names("Mưa ở Hà Nội. Trung Quốc đề nghị hợp tác", &["ha-noi"]);
    names("Lào Cai, Trung Quốc mở thêm cặp chợ; Quảng Ninh (Trung Quốc ở bên kia sông)", &["lao-cai", "quang-ninh"]);
    names("Lũ ở Hà Nam. Trung Quốc nắng", &["ha-nam"]);
}

#[test]
fn what_is_abroad_or_at_sea_is_no_province() {
    names("Mưa lớn ở tỉnh Hà Nam (Trung Quốc), lũ ở Hà Nam, Trung Quốc", &[]);
    names("LŨ LỚN Ở HÀ NAM, TRUNG QUỐC", &[]);
    names("Viện Hải Dương học thả rùa biển; giàn khoan Hải Dương 981", &[]);
    names("Hà Nam và Trung Quốc hợp tác", &["ha-nam"]);
}

#[test]
fn each_is_told_once_in_the_order_of_mention() {
    let named = provinces_named(&["Huế và Đà Nẵng", "Đà Nẵng, Huế, Quảng Nam"]);
    assert_eq!(named.iter().map(|unit| unit.slug).collect::<Vec<_>>(), ["hue", "da-nang", "quang-nam"]);
}

#[tokio::test]
async fn a_story_carries_the_provinces_that_it_names_as_categories() {
    let site = FakeSite::start().await;
    site.page("/", listing(&[("/cau.html", "Nối Khánh Hòa với Phú Yên")]));
    let page = article("Nối Khánh Hòa với Phú Yên", "10:08, 24/08/2020", "Cầu mới ở Ninh Thuận.", &[&prose(80, 1)]);
    site.page("/cau.html", page);
    let of = source("a", &site).replace("[source.listing]", "province = \"khanh-hoa\"\n[source.listing]");
    let daemon = TestDaemon::at("2020-08-24T05:00:00Z", &of).await;
    daemon.harvest("a").await;
    let wanted = ["khanh-hoa", "phu-yen", "ninh-thuan"];
    assert_eq!(daemon.only_item("/feed.json").await["tags"], json!(wanted));
    let (rss, atom) = (daemon.text("/feed.xml").await, daemon.text("/feed.atom").await);
    for slug in wanted {
        assert!(rss.contains(&format!("<category>{slug}</category>")), "{rss}");
        assert!(atom.contains(&format!("<category term=\"{slug}\"/>")), "{atom}");
    }
}

#[tokio::test]
async fn a_unit_holds_the_stories_of_those_that_it_absorbed_and_they_only_their_own() {
    let site = FakeSite::start().await;
    let mut sources = String::new();
    for (id, unit) in [("bien", "khanh-hoa"), ("nang", "ninh-thuan"), ("nui", "dak-lak")] {
        let path = format!("/{id}.html");
        site.page(&format!("/{id}/"), listing(&[(&path, "Một tin của tờ báo này hôm nay")]));
        site.page(&path, article(&format!("Tin {id}"), "10:08, 24/08/2020", "Sapo.", &[&prose(80, id.len() * 7)]));
        let of = source(id, &site).replace("[source.listing]", &format!("province = \"{unit}\"\n[source.listing]"));
        sources.push_str(&of.replace(&site.url("/"), &site.url(&format!("/{id}/"))));
    }
    let daemon = TestDaemon::at("2020-08-24T05:00:00Z", &format!("[dedupe]\nmode = \"off\"\n{sources}")).await;
    for id in ["bien", "nang", "nui"] {
        daemon.harvest(id).await;
    }
    let mut both = daemon.titles("/provinces/khanh-hoa/feed.json").await;
    both.sort();
    assert_eq!(both, ["Tin bien", "Tin nang"]);
    assert_eq!(daemon.titles("/provinces/ninh-thuan/feed.json").await, ["Tin nang"]);
}
