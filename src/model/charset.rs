//! How bytes become text, where a source's own word for it is not to be trusted.

use std::hash::{Hash, Hasher};

use encoding_rs::Encoding;

/// A character encoding that a sysadmin names for a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// One of the WHATWG Encoding Standard.
    Standard(&'static Encoding),
    /// TCVN 5712:1993 in its set VN3, also known as ABC.
    Tcvn3,
    /// VNI-Windows, with marks behind their letters.
    Vni,
}

/// By its name: an [`Encoding`] hashes as the place in memory where it stands, another one in each run.
impl Hash for Charset {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let name = match self {
            Self::Standard(encoding) => encoding.name(),
            Self::Tcvn3 => "tcvn3",
            Self::Vni => "vni",
        };
        name.hash(state);
    }
}

impl Charset {
    /// Reads a label of the WHATWG Encoding Standard, such as `windows-1258`, or `tcvn3` or `vni`, in any case.
    #[must_use]
    pub fn parse(label: &str) -> Option<Self> {
        match label.trim().to_ascii_lowercase().as_str() {
            "tcvn3" => Some(Self::Tcvn3),
            "vni" => Some(Self::Vni),
            label => Encoding::for_label_no_replacement(label.as_bytes()).map(Self::Standard),
        }
    }
}
