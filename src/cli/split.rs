//! `bantin split` and `bantin merge`: what is one story, decided by hand.

use std::path::Path;

use clap::Args;

use super::CommandError;
use crate::config::Config;
use crate::model::ArticleId;
use crate::store::{LiveStore, Store};

#[derive(Debug, Args)]
pub(super) struct SplitArgs {
    /// The story's guid, with or without `urn:uuid:`.
    #[arg(value_name = "ID", value_parser = read_id)]
    id: ArticleId,
    /// Only the telling at this address leaves the story; left out: all go apart.
    #[arg(value_name = "ADDRESS")]
    address: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct MergeArgs {
    /// One story's guid.
    #[arg(value_name = "ID", value_parser = read_id)]
    one: ArticleId,
    /// The other story's guid.
    #[arg(value_name = "ID", value_parser = read_id)]
    other: ArticleId,
}

fn read_id(text: &str) -> Result<ArticleId, String> {
    ArticleId::parse(text).ok_or_else(|| "no guid; `bantin list --json` names each story by one".to_owned())
}

pub(super) fn split(file: &Path, args: &SplitArgs) -> Result<(), CommandError> {
    for made in store(file)?.split(args.id, args.address.as_deref())? {
        println!("{}", made.guid());
    }
    Ok(())
}

pub(super) fn merge(file: &Path, args: &MergeArgs) -> Result<(), CommandError> {
    println!("{}", store(file)?.join(args.one, args.other)?.guid());
    Ok(())
}

fn store(file: &Path) -> Result<LiveStore, CommandError> {
    Ok(LiveStore::open(&Config::read(file)?.store)?)
}
