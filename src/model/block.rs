//! A text between parsing and publishing: a flat row of blocks.

/// Running text: the same words once as HTML and once as plain text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inline {
    /// Escaped text with inline elements only (`a strong em u s sub sup code br`).
    pub html: String,
    /// The words alone, NFC, with single blanks.
    pub text: String,
}

/// One block of an article's body, in reading order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Paragraph(Inline),
    /// A sub-heading with its level, 2 to 6.
    Heading(u8, Inline),
    /// A quotation of one or more paragraphs.
    Quote(Vec<Inline>),
    /// A list, numbered or not.
    List {
        /// Numbered.
        ordered: bool,
        /// One entry an item; nested lists are flattened.
        items: Vec<Inline>,
    },
    /// A data table, row by row.
    Table(Vec<Vec<Inline>>),
    /// Sound or moving pictures: the absolute address where they play.
    Medium(String),
    /// A picture with its caption.
    Figure {
        /// Absolute address.
        image: String,
        /// What a reader who cannot see it is told.
        alt: String,
        /// What stands under it.
        caption: Option<Inline>,
    },
}
