//! What users see, end to end: real pages over loopback HTTP, a real store, the real binary.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod access;
mod addresses;
mod binary;
mod catalogue;
mod cleaning;
mod configuration;
mod copies;
mod corners;
mod crontabs;
mod datelines;
mod drift;
mod encodings;
mod extraction;
mod families;
mod feeds;
mod floors;
mod guard;
mod harness;
mod http;
mod limits;
mod listings;
mod merging;
mod mirror;
mod month;
mod moving;
mod opml;
mod pages;
mod places;
mod probe;
mod reading;
mod readme;
mod robots;
mod sample;
mod schedule;
mod scripts;
mod store;
mod stories;
mod validity;
mod walls;
mod websub;
mod websub_in;
mod window;
mod words;
