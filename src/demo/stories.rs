//! The news of the sample papers. Places, people and numbers are invented.

/// One invented story.
pub(super) struct Story {
    pub(super) slug: &'static str,
    pub(super) title: &'static str,
    pub(super) lead: &'static str,
    pub(super) paragraphs: &'static [&'static str],
    pub(super) byline: &'static str,
    /// As printed; empty where the page states no time.
    pub(super) dateline: &'static str,
    pub(super) quirk: Quirk,
}

/// What makes a page hard to read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quirk {
    Plain,
    /// The lead stands once above the body and once as its first bold paragraph.
    LeadTwice,
    /// Paragraphs are parted by lines that hold a no-break space only.
    BlankLines,
    /// Letters and marks are stored apart (NFD), as old keyboards type them.
    Decomposed,
    /// A picture with a caption.
    Picture,
    /// The paper corrects a number after the first reading.
    Edited,
    /// A list of entries.
    List,
}

/// An agency's text, printed by both papers under titles of their own.
const AGENCY_TEXT: &[&str] = &[
    "Trung tâm Dự báo Khí tượng Thủy văn cho biết, trong ba ngày tới, khu vực ven biển có mưa vừa, mưa to và rải rác \
     có dông; lượng mưa phổ biến từ 80 đến 150 mm, cục bộ có nơi trên 200 mm. Trong mưa dông có khả năng xảy ra lốc, \
     sét và gió giật mạnh.",
    "Cơ quan phòng, chống thiên tai đề nghị các địa phương kiểm tra hồ chứa, khơi thông cống rãnh, chuẩn bị lực lượng \
     và phương tiện tại chỗ; thông báo cho chủ tàu, thuyền đang hoạt động trên biển biết vị trí và hướng di chuyển của \
     vùng mưa để chủ động phòng tránh.",
];

/// The first paper's news, newest first.
pub(super) const MORNING: [Story; 13] = [
    Story {
        slug: "le-phat-dong-trong-cay-phu-xanh-bo-song-an-binh",
        title: "Lễ phát động trồng cây phủ xanh bờ sông An Bình",
        lead: "Sáng 24-8, hơn 400 đoàn viên, thanh niên đã ra quân trồng 2.000 cây xanh dọc bờ sông An Bình, mở đầu \
               chương trình phủ xanh giai đoạn 2020 - 2025.",
        paragraphs: &[
            "Theo kế hoạch, đến hết năm 2025 địa phương trồng mới 12.000 cây bóng mát, trong đó một nửa là cây bản địa \
             có bộ rễ giữ đất tốt. Mỗi chi đoàn nhận chăm sóc một đoạn bờ sông trong suốt ba năm đầu.",
            "Bà Lê Thị Hạnh, Bí thư Đoàn xã An Bình, cho biết cây giống do người dân góp; các trường học ươm thêm 500 \
             cây để trồng dặm trước mùa mưa.",
        ],
        byline: "Thanh Bình",
        dateline: "10:08, 24/08/2020",
        quirk: Quirk::LeadTwice,
    },
    Story {
        slug: "cho-noi-tan-phong-nhon-nhip-tro-lai",
        title: "Chợ nổi Tân Phong nhộn nhịp trở lại",
        lead: "Sau nhiều tháng vắng khách, chợ nổi Tân Phong lại tấp nập ghe xuồng từ tinh mơ.",
        paragraphs: &[
            "Ban quản lý chợ cho biết mỗi buổi sáng có khoảng 120 ghe chở trái cây, rau củ và hàng gốm neo đậu, gấp đôi \
             so với đầu năm.",
            "Chị Trần Thị Lụa, tiểu thương bán bánh canh trên ghe, nói: “Khách quen đã về, khách xa cũng hỏi thăm, bà \
             con mừng lắm”.",
        ],
        byline: "Bài và ảnh: Minh Khuê",
        dateline: "08:45, 24/08/2020",
        quirk: Quirk::Picture,
    },
    Story {
        slug: "mua-lon-tren-dien-rong-cac-dia-phuong-ven-bien-chu-dong-ung-pho",
        title: "Mưa lớn trên diện rộng, các địa phương ven biển chủ động ứng phó",
        lead: "Từ đêm nay, khu vực ven biển có mưa to, nguy cơ ngập úng ở vùng trũng thấp.",
        paragraphs: AGENCY_TEXT,
        byline: "Theo TTXVN",
        dateline: "17:30, 23/08/2020",
        quirk: Quirk::Plain,
    },
    Story {
        slug: "xa-hoa-loc-ra-mat-to-cong-nghe-so-cong-dong",
        title: "Xã Hòa Lộc ra mắt tổ công nghệ số cộng đồng",
        lead: "Tổ công nghệ số gồm 9 thành viên sẽ đến từng nhà hướng dẫn người dân nộp hồ sơ trực tuyến.",
        paragraphs: &[
            "Trong tháng đầu, tổ hướng dẫn hơn 300 hộ cài đặt ứng dụng thanh toán tiền điện, tiền nước và đăng ký khám \
             bệnh qua điện thoại.",
            "Xã đặt mục tiêu cuối năm có 70% hồ sơ được tiếp nhận trực tuyến, người dân không phải đi lại nhiều lần.",
        ],
        byline: "T.N",
        dateline: "15:12, 23/08/2020",
        quirk: Quirk::BlankLines,
    },
    Story {
        slug: "thu-hoach-lua-he-thu-nang-suat-dat-62-ta-hecta",
        title: "Thu hoạch lúa hè thu, năng suất đạt 62 tạ/héc-ta",
        lead: "Đến nay, nông dân toàn huyện đã gặt xong 3.400 héc-ta lúa hè thu.",
        paragraphs: &[
            "Nhờ xuống giống đúng lịch và dùng giống xác nhận, năng suất bình quân đạt 62 tạ/héc-ta, cao hơn vụ trước 3 \
             tạ. Giá lúa tươi tại ruộng từ 5.600 đến 5.900 đồng/kg.",
            "Ngành nông nghiệp khuyến cáo bà con cày ải sớm, vệ sinh đồng ruộng để hạn chế sâu bệnh đầu vụ sau.",
        ],
        byline: "Văn Tưởng",
        dateline: "Cập nhật, 09:40, Chủ nhật, 23/08/2020 (GMT+7)",
        quirk: Quirk::Edited,
    },
    Story {
        slug: "khoi-cong-cau-ban-thach-noi-hai-bo-song",
        title: "Khởi công cầu Bàn Thạch nối hai bờ sông",
        lead: "Cây cầu dài 173 m, rộng 9 m được kỳ vọng rút ngắn 11 km đường đi học của học sinh bờ nam.",
        paragraphs: &[
            "Công trình có tổng mức đầu tư 48 tỷ đồng, dự kiến hoàn thành sau 14 tháng. Đơn vị thi công cam kết không \
             cấm đường trong giờ học sinh đến trường và tan học.",
            "Ông Nguyễn Văn Sáu, người dân thôn Thạch Bắc, chia sẻ mấy chục năm nay cả thôn qua lại bằng đò, mùa nước \
             lớn là thấp thỏm.",
        ],
        byline: "Hoàng Long - Thu Hà",
        dateline: "16:05, 22/08/2020",
        quirk: Quirk::Picture,
    },
    Story {
        slug: "lich-ngung-cung-cap-dien-tuan-cuoi-thang-8",
        title: "Lịch ngừng cung cấp điện tuần cuối tháng 8",
        lead: "Điện lực huyện thông báo lịch ngừng cung cấp điện để sửa chữa, nâng cấp lưới điện.",
        paragraphs: &[
            "Thôn An Bình 1: từ 7 giờ đến 11 giờ, thứ ba.",
            "Thôn An Bình 2: từ 13 giờ đến 16 giờ, thứ tư.",
            "Chợ Tân Phong: từ 5 giờ đến 7 giờ, thứ sáu.",
        ],
        byline: "PV",
        dateline: "10:00, 22/08/2020",
        quirk: Quirk::List,
    },
    Story {
        slug: "tuyen-duong-58-guong-hien-mau-tinh-nguyen",
        title: "Tuyên dương 58 gương hiến máu tình nguyện",
        lead: "Nhiều người đã hiến máu trên 20 lần, có gia đình cả ba thế hệ cùng tham gia.",
        paragraphs: &[
            "Năm qua, toàn huyện vận động được 4.120 đơn vị máu, vượt 12% kế hoạch. Riêng đợt hè, khi lượng máu dự trữ \
             xuống thấp, hơn 600 người đã đến hiến chỉ trong một buổi sáng.",
            "Thầy giáo Phạm Đức Huy, người có 31 lần hiến máu, cho rằng điều quan trọng nhất là giữ sức khỏe để có thể \
             hiến đều đặn.",
        ],
        byline: "Q.H (Tổng hợp)",
        dateline: "19:20, 21/08/2020",
        quirk: Quirk::Decomposed,
    },
    Story {
        slug: "hoi-thi-tho-gioi-nghe-moc-lan-thu-bay",
        title: "Hội thi thợ giỏi nghề mộc lần thứ bảy",
        lead: "46 thợ mộc từ 12 làng nghề tranh tài ở ba phần thi: đục chạm, ghép mộng và hoàn thiện sản phẩm.",
        paragraphs: &[
            "Giải nhất thuộc về anh Đỗ Xuân Mai, thợ trẻ nhất hội thi, với chiếc hộp ghép mộng không dùng đinh.",
            "Ban tổ chức sẽ chọn 10 sản phẩm tham gia hội chợ làng nghề vào cuối năm.",
        ],
        byline: "Thực hiện: Dũng Phương - Vân Nga",
        dateline: "14:33, 21/08/2020",
        quirk: Quirk::Plain,
    },
    Story {
        slug: "thu-vien-luu-dong-ve-voi-hoc-sinh-vung-cao",
        title: "Thư viện lưu động về với học sinh vùng cao",
        lead: "Chuyến xe chở 3.000 cuốn sách dừng ở mỗi điểm trường một tuần.",
        paragraphs: &[
            "Ngoài mượn sách, các em được nghe kể chuyện, xem phim khoa học và học làm sách tranh. Cô Y Hương, giáo viên \
             điểm trường Đăk Sơn, kể có em đọc hết bốn cuốn trong một buổi chiều.",
            "Đến nay xe đã qua 17 điểm trường, phục vụ hơn 2.200 lượt học sinh.",
        ],
        byline: "CTV Hồng Linh",
        dateline: "07:15, 21/08/2020",
        quirk: Quirk::BlankLines,
    },
    Story {
        slug: "gia-ca-ngu-tang-ngu-dan-phan-khoi-bam-bien",
        title: "Giá cá ngừ tăng, ngư dân phấn khởi bám biển",
        lead: "Tại cảng cá Hòn Trà, cá ngừ đại dương được thu mua 135.000 đồng/kg, tăng 15.000 đồng so với tháng trước.",
        paragraphs: &[
            "Chủ tàu Lê Văn Đạt cho biết chuyến biển 22 ngày vừa rồi đạt hơn 2 tấn cá, trừ chi phí mỗi bạn thuyền được \
             chia gần 18 triệu đồng.",
            "Cảng đã bố trí thêm bến, bảo đảm tàu về không phải chờ quá hai giờ.",
        ],
        byline: "Tin, ảnh: Hải Đăng",
        dateline: "18:02, 20/08/2020",
        quirk: Quirk::Picture,
    },
    Story {
        slug: "thong-bao-tuyen-sinh-lop-hoc-hat-bai-choi",
        title: "Thông báo tuyển sinh lớp học hát bài chòi",
        lead: "Lớp học miễn phí dành cho học sinh từ 10 đến 15 tuổi yêu thích nghệ thuật bài chòi.",
        paragraphs: &[
            "Lớp mở vào chiều thứ bảy hằng tuần tại nhà văn hóa trung tâm, do các nghệ nhân của câu lạc bộ bài chòi \
             trực tiếp truyền dạy.",
            "Phụ huynh đăng ký tại nhà văn hóa hoặc tại trường của các em.",
        ],
        byline: "",
        dateline: "",
        quirk: Quirk::Plain,
    },
    Story {
        slug: "dai-hoi-the-duc-the-thao-huyen-khep-lai",
        title: "Đại hội Thể dục thể thao huyện khép lại",
        lead: "Sau năm ngày tranh tài, đoàn xã Tân Phong dẫn đầu với 14 huy chương vàng.",
        paragraphs: &[
            "Đại hội có 780 vận động viên của 11 xã, thị trấn, thi đấu tám môn. Môn đua thuyền truyền thống thu hút hàng \
             nghìn người đứng kín hai bờ sông cổ vũ.",
            "Ban tổ chức trao giải phong cách cho đoàn xã Hòa Lộc.",
        ],
        byline: "XUÂN SƠN",
        dateline: "20:48, 19/08/2020",
        quirk: Quirk::LeadTwice,
    },
];

/// The second paper's news, newest first.
pub(super) const COAST: [Story; 3] = [
    Story {
        slug: "mien-ven-bien-truoc-dot-mua-to-ba-ngay",
        title: "Miền ven biển trước đợt mưa to ba ngày",
        lead: "Dự báo mưa to kéo dài ba ngày, chính quyền và người dân khẩn trương phòng tránh.",
        paragraphs: AGENCY_TEXT,
        byline: "TTXVN",
        dateline: "18:10, 23/08/2020",
        quirk: Quirk::Plain,
    },
    Story {
        slug: "dao-hon-tra-don-doan-khach-thu-mot-nghin",
        title: "Đảo Hòn Trà đón đoàn khách thứ một nghìn",
        lead: "Từ đầu năm, đảo Hòn Trà đã đón 1.000 đoàn khách với hơn 21.000 lượt người.",
        paragraphs: &[
            "Du khách được phát túi vải thay túi ni lông ngay tại bến tàu; rác mang ra đảo phải mang về đất liền.",
            "Ban quản lý dự kiến trồng thêm san hô ở phía đông đảo trong mùa khô tới.",
        ],
        byline: "Lam Giang",
        dateline: "11:27, 23/08/2020",
        quirk: Quirk::Plain,
    },
    Story {
        slug: "lang-chai-mua-bien-lang",
        title: "Làng chài mùa biển lặng",
        lead: "Biển lặng, cả làng thức từ hai giờ sáng để kịp phiên chợ cá đầu ngày.",
        paragraphs: &[
            "Thuyền thúng nối nhau vào bờ, mang theo cá cơm, cá trích còn tươi rói. Các bà, các chị phân loại cá dưới \
             ánh đèn, tiếng cười nói rộn cả bến.",
            "Mỗi đêm, một thuyền thu được từ 80 đến 120 kg cá, đủ để cả nhà yên tâm bám biển.",
        ],
        byline: "Bài, ảnh: Ngọc Diệp",
        dateline: "06:30, 22/08/2020",
        quirk: Quirk::Plain,
    },
];
