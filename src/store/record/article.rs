//! An article on disk: its head, which is all but its body, and the body.

use serde::{Deserialize, Serialize};

use super::packing::{Packer, unpacked};
use super::{RECORD_VERSION, append_as, instant, number_of, source_id, unpack, unpack_as, value_of};
use crate::model::{
    Appearance, Article, ArticleId, Evidence, How, Image, Joined, Origin, PictureFile, Precision, Published, SourceId,
    Verdict,
};
use crate::store::{Incoming, StoreError};

/// Before it heads said nothing of pictures' files.
const HEAD_WITHOUT_PICTURE_VERSION: u8 = 2;
const HEAD_VERSION: u8 = 3;
/// Of a head, before it.
const LENGTH_BYTES: usize = size_of::<u32>();

#[derive(Serialize, Deserialize)]
struct Head<'a> {
    source: &'a str,
    address: &'a str,
    title: &'a str,
    lead: Option<&'a str>,
    author: Option<&'a str>,
    agency: Option<&'a str>,
    image: Option<(&'a str, Option<&'a str>)>,
    instant: Option<i64>,
    precision: Option<u8>,
    origin: Option<u8>,
    offset_seconds: Option<i32>,
    updated: Option<i64>,
    #[serde(borrow)]
    evidence: Vec<(u8, &'a str, bool, Said<'a>)>,
    nudge_seconds: u8,
    first_seen: i64,
    revised: i64,
    also_in: Vec<(&'a str, &'a str, Option<[u8; 16]>)>,
    identities: Vec<&'a str>,
    guids: Vec<(&'a str, &'a str)>,
    /// Once the fingerprint of its text; written as nothing.
    fingerprint: Option<[u8; 16]>,
}

/// The second version of [`Head`]: where it belongs among the tellings of its story.
#[derive(Serialize, Deserialize)]
struct HeadAndPlace<'a> {
    #[serde(borrow)]
    head: Head<'a>,
    priority: i32,
    withdrawn: Option<i64>,
    first_pass: bool,
    story: Option<[u8; 16]>,
    members: Vec<([u8; 16], &'a str)>,
    joined: Option<(u8, u8)>,
    apart: Vec<[u8; 16]>,
}

/// The third version of [`Head`]: what is said of its picture's file.
#[derive(Serialize, Deserialize)]
struct HeadAndPicture<'a> {
    #[serde(borrow)]
    rest: HeadAndPlace<'a>,
    picture: Option<Picture<'a>>,
}

#[derive(Serialize, Deserialize)]
struct Picture<'a> {
    media_type: Option<&'a str>,
    bytes: Option<u64>,
    width_pixels: Option<u32>,
    height_pixels: Option<u32>,
}

#[derive(Serialize, Deserialize)]
enum Said<'a> {
    Used,
    Agrees,
    Differs(i64),
    Refused(&'a str),
}

/// What finds an article again.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::store) struct Handles {
    pub(in crate::store) identities: Vec<String>,
    pub(in crate::store) guids: Vec<(SourceId, String)>,
}

impl Handles {
    pub(in crate::store) fn of(incoming: &Incoming) -> Self {
        let mut handles = Self::default();
        handles.add(&incoming.identities, incoming.own_guid());
        handles
    }

    pub(in crate::store) fn add(&mut self, identities: &[String], guid: Option<(SourceId, String)>) {
        for identity in identities {
            if !self.identities.contains(identity) {
                self.identities.push(identity.clone());
            }
        }
        self.guids.extend(guid.filter(|guid| !self.guids.contains(guid)));
    }
}

/// Where an article belongs among the tellings of its story.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::store) struct Place {
    /// The article that opened its story; nothing when it did so itself.
    pub(in crate::store) story: Option<ArticleId>,
    /// The others that tell the story it opened.
    pub(in crate::store) members: Vec<(ArticleId, SourceId)>,
    /// Why it joined its story.
    pub(in crate::store) joined: Option<Joined>,
    /// Articles that are never one story with it.
    pub(in crate::store) apart: Vec<ArticleId>,
    /// It was read in its source's first pass.
    pub(in crate::store) first_pass: bool,
}

impl Place {
    /// Of an article that opens a story.
    pub(in crate::store) fn of(incoming: &Incoming) -> Self {
        Self { first_pass: incoming.first_pass, ..Self::default() }
    }
}

/// An article as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::store) struct Kept {
    pub(in crate::store) article: Article,
    pub(in crate::store) handles: Handles,
    pub(in crate::store) place: Place,
}

impl Kept {
    /// What an incoming article is kept as: one that opens a story.
    pub(in crate::store) fn of(incoming: &Incoming, article: Article) -> Self {
        Self { article, handles: Handles::of(incoming), place: Place::of(incoming) }
    }
}

pub(in crate::store) const PRECISIONS: [Precision; 3] = [Precision::Day, Precision::Minute, Precision::Second];
pub(in crate::store) const HOWS: [How; 3] = [How::SameText, How::Alike, How::ByHand];
pub(in crate::store) const ORIGINS: [Origin; 12] = [
    Origin::Selector,
    Origin::JsonLd,
    Origin::Meta,
    Origin::Microdata,
    Origin::Time,
    Origin::Visible,
    Origin::Feed,
    Origin::FeedUpdated,
    Origin::Listing,
    Origin::Sitemap,
    Origin::Address,
    Origin::Page,
];

fn head_of<'a>(article: &'a Article, handles: &'a Handles, place: &'a Place) -> HeadAndPicture<'a> {
    let rest = HeadAndPlace {
        head: bare_head_of(article, handles),
        priority: article.priority,
        withdrawn: article.withdrawn.map(|instant| instant.timestamp_millis()),
        first_pass: place.first_pass,
        story: place.story.map(ArticleId::to_bytes),
        members: place.members.iter().map(|(id, source)| (id.to_bytes(), source.as_str())).collect(),
        joined: place.joined.map(|joined| (number_of(&HOWS, &joined.how), joined.score_percent)),
        apart: place.apart.iter().map(|id| id.to_bytes()).collect(),
    };
    HeadAndPicture { rest, picture: article.image.as_ref().map(|image| picture_of(&image.file)) }
}

fn picture_of(PictureFile { media_type, bytes, width_pixels, height_pixels }: &PictureFile) -> Picture<'_> {
    Picture {
        media_type: media_type.as_deref(),
        bytes: *bytes,
        width_pixels: *width_pixels,
        height_pixels: *height_pixels,
    }
}

fn file_of(Picture { media_type, bytes, width_pixels, height_pixels }: Picture) -> PictureFile {
    PictureFile { media_type: media_type.map(str::to_owned), bytes, width_pixels, height_pixels }
}

fn bare_head_of<'a>(article: &'a Article, handles: &'a Handles) -> Head<'a> {
    let published = &article.published;
    let origin = |origin: Origin| number_of(&ORIGINS, &origin);
    Head {
        source: article.source.as_str(),
        address: &article.address,
        title: &article.title,
        lead: article.lead.as_deref(),
        author: article.author.as_deref(),
        agency: article.agency.as_deref(),
        image: article.image.as_ref().map(|image| (image.address.as_str(), image.caption.as_deref())),
        instant: published.instant.map(|instant| instant.timestamp_millis()),
        precision: published.precision.map(|precision| number_of(&PRECISIONS, &precision)),
        origin: published.origin.map(origin),
        offset_seconds: published.offset_seconds,
        updated: published.updated.map(|instant| instant.timestamp_millis()),
        evidence: published
            .evidence
            .iter()
            .map(|evidence| {
                let said = match &evidence.verdict {
                    Verdict::Used => Said::Used,
                    Verdict::Agrees => Said::Agrees,
                    Verdict::Differs(instant) => Said::Differs(instant.timestamp_millis()),
                    Verdict::Refused(reason) => Said::Refused(reason),
                };
                (origin(evidence.origin), evidence.text.as_str(), evidence.updated, said)
            })
            .collect(),
        nudge_seconds: article.nudge_seconds,
        first_seen: article.first_seen.timestamp_millis(),
        revised: article.revised.timestamp_millis(),
        also_in: article
            .also_in
            .iter()
            .map(|other| (other.source.as_str(), other.address.as_str(), other.item.map(ArticleId::to_bytes)))
            .collect(),
        identities: handles.identities.iter().map(String::as_str).collect(),
        guids: handles.guids.iter().map(|(source, guid)| (source.as_str(), guid.as_str())).collect(),
        fingerprint: None,
    }
}

/// The article without its body, and what belongs to it.
pub(in crate::store) fn read_head(id: ArticleId, bytes: &[u8]) -> Result<Kept, StoreError> {
    if bytes.first() == Some(&RECORD_VERSION) {
        let (article, handles) = article_of(id, unpack(bytes)?)?;
        return Ok(Kept { article, handles, place: Place::default() });
    }
    let HeadAndPicture { rest: record, picture } = match bytes.first() {
        Some(&HEAD_WITHOUT_PICTURE_VERSION) => {
            HeadAndPicture { rest: unpack_as(HEAD_WITHOUT_PICTURE_VERSION, bytes)?, picture: None }
        }
        _ => unpack_as(HEAD_VERSION, bytes)?,
    };
    let (mut article, handles) = article_of(id, record.head)?;
    if let Some((image, picture)) = article.image.as_mut().zip(picture) {
        image.file = file_of(picture);
    }
    let members = record.members.into_iter().map(|(id, source)| Ok((ArticleId::from_bytes(id), source_id(source)?)));
    let joined = record
        .joined
        .map(|(how, score_percent)| Ok::<_, StoreError>(Joined { how: value_of(&HOWS, how)?, score_percent }));
    Ok(Kept {
        article: Article {
            priority: record.priority,
            withdrawn: record.withdrawn.map(instant).transpose()?,
            ..article
        },
        handles,
        place: Place {
            story: record.story.map(ArticleId::from_bytes),
            members: members.collect::<Result<_, StoreError>>()?,
            joined: joined.transpose()?,
            apart: record.apart.into_iter().map(ArticleId::from_bytes).collect(),
            first_pass: record.first_pass,
        },
    })
}

fn article_of(id: ArticleId, head: Head) -> Result<(Article, Handles), StoreError> {
    let evidence = head.evidence.into_iter().map(|(origin, text, updated, said)| {
        let verdict = match said {
            Said::Used => Verdict::Used,
            Said::Agrees => Verdict::Agrees,
            Said::Differs(millis) => Verdict::Differs(instant(millis)?),
            Said::Refused(reason) => Verdict::Refused(reason.to_owned()),
        };
        Ok(Evidence { origin: value_of(&ORIGINS, origin)?, text: text.to_owned(), updated, verdict })
    });
    let also_in = head.also_in.into_iter().map(|(source, address, item)| {
        let item = item.map(ArticleId::from_bytes);
        Ok(Appearance { source: source_id(source)?, address: address.to_owned(), item, joined: None })
    });
    let guids = head.guids.into_iter().map(|(source, guid)| Ok((source_id(source)?, guid.to_owned())));
    let identities = head.identities.into_iter().map(str::to_owned).collect();
    let handles = Handles { identities, guids: guids.collect::<Result<_, StoreError>>()? };
    let article = Article {
        id,
        source: source_id(head.source)?,
        address: head.address.to_owned(),
        title: head.title.to_owned(),
        lead: head.lead.map(str::to_owned),
        html: String::new(),
        text: String::new(),
        author: head.author.map(str::to_owned),
        agency: head.agency.map(str::to_owned),
        image: head.image.map(|(address, caption)| Image {
            address: address.to_owned(),
            caption: caption.map(str::to_owned),
            file: PictureFile::default(),
        }),
        published: Published {
            instant: head.instant.map(instant).transpose()?,
            precision: head.precision.map(|number| value_of(&PRECISIONS, number)).transpose()?,
            origin: head.origin.map(|number| value_of(&ORIGINS, number)).transpose()?,
            offset_seconds: head.offset_seconds,
            updated: head.updated.map(instant).transpose()?,
            evidence: evidence.collect::<Result<_, StoreError>>()?,
        },
        nudge_seconds: head.nudge_seconds,
        first_seen: instant(head.first_seen)?,
        revised: instant(head.revised)?,
        also_in: also_in.collect::<Result<_, StoreError>>()?,
        priority: 0,
        withdrawn: None,
        place: None,
    };
    Ok((article, handles))
}

impl Packer {
    /// An article's record, packed: the length of its head in four little-endian bytes, the head, and the body.
    pub(in crate::store) fn pack_article(
        &mut self,
        article: &Article,
        handles: &Handles,
        place: &Place,
    ) -> Result<Vec<u8>, StoreError> {
        self.pack_written(|mut record| {
            record.extend([0; LENGTH_BYTES]);
            let mut record = append_as(HEAD_VERSION, &head_of(article, handles, place), record)?;
            let length =
                u32::try_from(record.len() - LENGTH_BYTES).map_err(|error| StoreError::Io(error.to_string()))?;
            record[..LENGTH_BYTES].copy_from_slice(&length.to_le_bytes());
            append_as(RECORD_VERSION, &(&article.html, &article.text), record)
        })
    }
}

pub(in crate::store) fn read_article(id: ArticleId, bytes: &[u8]) -> Result<Kept, StoreError> {
    let record = unpacked(bytes)?;
    let damaged = || StoreError::Damaged("an article's record".to_owned());
    let (length, rest) = record.split_first_chunk().ok_or_else(damaged)?;
    let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| damaged())?;
    let (head, body) = rest.split_at_checked(length).ok_or_else(damaged)?;
    with_body(read_head(id, head)?, body)
}

/// Of a head and a packed body, as they stood apart until format 3.
pub(in crate::store) fn read_head_and_body(id: ArticleId, head: &[u8], body: &[u8]) -> Result<Kept, StoreError> {
    with_body(read_head(id, head)?, &unpacked(body)?)
}

fn with_body(mut kept: Kept, body: &[u8]) -> Result<Kept, StoreError> {
    // Taken as bytes: seeing that they are text would cost as much as unpacking them.
    let (html, text): (&[u8], &[u8]) = unpack(body)?;
    (kept.article.html, kept.article.text) = (text_of(html)?, text_of(text)?);
    Ok(kept)
}

fn text_of(bytes: &[u8]) -> Result<String, StoreError> {
    let text = simdutf8::basic::from_utf8(bytes).map_err(|error| StoreError::Damaged(error.to_string()))?;
    Ok(text.to_owned())
}
