//! One article as a JSON line.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{article_id, source_id};
use crate::model::{
    Appearance, Article, ArticleId, Evidence, How, Image, Joined, Origin, PictureFile, Precision, Published, Verdict,
};
use crate::store::record::{HOWS, Handles, Kept, ORIGINS, PRECISIONS, Place};

/// An article as it was read, and its place among the tellings of its story.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::store) struct ArticleLine {
    id: String,
    source: String,
    address: String,
    title: String,
    lead: Option<String>,
    author: Option<String>,
    agency: Option<String>,
    image: Option<ImagePart>,
    published: PublishedPart,
    nudge_seconds: u8,
    first_seen: DateTime<Utc>,
    revised: DateTime<Utc>,
    priority: i32,
    withdrawn: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    also_in: Vec<AppearancePart>,
    identities: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    guids: Vec<GuidPart>,
    first_pass: bool,
    /// The article that opened its story; nothing when it did so itself.
    story: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    members: Vec<MemberPart>,
    joined: Option<JoinedPart>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    apart: Vec<String>,
    html: String,
    text: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ImagePart {
    address: String,
    caption: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    media_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    width_pixels: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    height_pixels: Option<u32>,
}

impl ImagePart {
    fn of(Image { address, caption, file }: Image) -> Self {
        let PictureFile { media_type, bytes, width_pixels, height_pixels } = file;
        Self { address, caption, media_type, bytes, width_pixels, height_pixels }
    }

    fn read(self) -> Image {
        let Self { address, caption, media_type, bytes, width_pixels, height_pixels } = self;
        Image { address, caption, file: PictureFile { media_type, bytes, width_pixels, height_pixels } }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PublishedPart {
    instant: Option<DateTime<Utc>>,
    precision: Option<String>,
    origin: Option<String>,
    offset_seconds: Option<i32>,
    updated: Option<DateTime<Utc>>,
    evidence: Vec<EvidencePart>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EvidencePart {
    origin: String,
    text: String,
    updated: bool,
    verdict: VerdictPart,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum VerdictPart {
    Used,
    Agrees,
    Differs(DateTime<Utc>),
    Refused(String),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AppearancePart {
    source: String,
    address: String,
    item: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GuidPart {
    source: String,
    guid: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MemberPart {
    article: String,
    source: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct JoinedPart {
    how: String,
    score_percent: u8,
}

impl ArticleLine {
    pub(in crate::store) fn of(kept: Kept) -> Self {
        let Kept { article, handles, place } = kept;
        let id = |id: ArticleId| id.to_string();
        let also_in = article.also_in.into_iter().map(|other| AppearancePart {
            source: other.source.to_string(),
            address: other.address,
            item: other.item.map(id),
        });
        let guids = handles.guids.into_iter().map(|(source, guid)| GuidPart { source: source.to_string(), guid });
        let members = place.members.into_iter();
        let joined =
            |joined: Joined| JoinedPart { how: joined.how.as_str().to_owned(), score_percent: joined.score_percent };
        Self {
            id: article.id.to_string(),
            source: article.source.to_string(),
            address: article.address,
            title: article.title,
            lead: article.lead,
            author: article.author,
            agency: article.agency,
            image: article.image.map(ImagePart::of),
            published: PublishedPart::of(article.published),
            nudge_seconds: article.nudge_seconds,
            first_seen: article.first_seen,
            revised: article.revised,
            priority: article.priority,
            withdrawn: article.withdrawn,
            also_in: also_in.collect(),
            identities: handles.identities,
            guids: guids.collect(),
            first_pass: place.first_pass,
            story: place.story.map(id),
            members: members
                .map(|(member, source)| MemberPart { article: id(member), source: source.to_string() })
                .collect(),
            joined: place.joined.map(joined),
            apart: place.apart.into_iter().map(id).collect(),
            html: article.html,
            text: article.text,
        }
    }

    pub(in crate::store) fn read(self) -> Result<Kept, String> {
        let id = |text: &String| article_id(text);
        let also_in = self.also_in.into_iter().map(|other| {
            let item = other.item.as_ref().map(id).transpose()?;
            Ok(Appearance { source: source_id(&other.source)?, address: other.address, item, joined: None })
        });
        let guids = self.guids.into_iter().map(|part| Ok((source_id(&part.source)?, part.guid)));
        let members = self.members.iter().map(|part| Ok((article_id(&part.article)?, source_id(&part.source)?)));
        let joined = |part: JoinedPart| {
            let how = word(&HOWS, How::as_str, &part.how)?;
            Ok::<_, String>(Joined { how, score_percent: part.score_percent })
        };
        let article = Article {
            id: article_id(&self.id)?,
            source: source_id(&self.source)?,
            address: self.address,
            title: self.title,
            lead: self.lead,
            html: self.html,
            text: self.text,
            author: self.author,
            agency: self.agency,
            image: self.image.map(ImagePart::read),
            published: self.published.read()?,
            nudge_seconds: self.nudge_seconds,
            first_seen: self.first_seen,
            revised: self.revised,
            also_in: also_in.collect::<Result<_, String>>()?,
            priority: self.priority,
            withdrawn: self.withdrawn,
            place: None,
        };
        let place = Place {
            story: self.story.as_ref().map(id).transpose()?,
            members: members.collect::<Result<_, String>>()?,
            joined: self.joined.map(joined).transpose()?,
            apart: self.apart.iter().map(id).collect::<Result<_, _>>()?,
            first_pass: self.first_pass,
        };
        let handles = Handles { identities: self.identities, guids: guids.collect::<Result<_, String>>()? };
        Ok(Kept { article, handles, place })
    }
}

impl PublishedPart {
    fn of(published: Published) -> Self {
        let evidence = published.evidence.into_iter().map(|evidence| EvidencePart {
            origin: evidence.origin.as_str().to_owned(),
            text: evidence.text,
            updated: evidence.updated,
            verdict: match evidence.verdict {
                Verdict::Used => VerdictPart::Used,
                Verdict::Agrees => VerdictPart::Agrees,
                Verdict::Differs(instant) => VerdictPart::Differs(instant),
                Verdict::Refused(reason) => VerdictPart::Refused(reason),
            },
        });
        Self {
            instant: published.instant,
            precision: published.precision.map(|precision| precision.as_str().to_owned()),
            origin: published.origin.map(|origin| origin.as_str().to_owned()),
            offset_seconds: published.offset_seconds,
            updated: published.updated,
            evidence: evidence.collect(),
        }
    }

    fn read(self) -> Result<Published, String> {
        let origin = |text: &String| word(&ORIGINS, Origin::as_str, text);
        let evidence = self.evidence.into_iter().map(|part| {
            let verdict = match part.verdict {
                VerdictPart::Used => Verdict::Used,
                VerdictPart::Agrees => Verdict::Agrees,
                VerdictPart::Differs(instant) => Verdict::Differs(instant),
                VerdictPart::Refused(reason) => Verdict::Refused(reason),
            };
            Ok(Evidence { origin: origin(&part.origin)?, text: part.text, updated: part.updated, verdict })
        });
        Ok(Published {
            instant: self.instant,
            precision: self.precision.map(|text| word(&PRECISIONS, Precision::as_str, &text)).transpose()?,
            origin: self.origin.as_ref().map(origin).transpose()?,
            offset_seconds: self.offset_seconds,
            updated: self.updated,
            evidence: evidence.collect::<Result<_, String>>()?,
        })
    }
}

/// The value that a word stands for.
fn word<T: Copy>(table: &[T], written: fn(T) -> &'static str, text: &str) -> Result<T, String> {
    let found = table.iter().copied().find(|value| written(*value) == text);
    found.ok_or_else(|| {
        let known: Vec<&str> = table.iter().map(|value| written(*value)).collect();
        format!("`{text}` is none of {}", known.join(", "))
    })
}
