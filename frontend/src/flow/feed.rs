//! The live feed of a tab. A browser has six connections to a host over HTTP/1.1, and a tab that nobody looks at must not hold one
//! of them: the feed is closed while it is hidden, and goes on from where it was.

/// Where the feed is opened: from what was seen last, else from now on.
pub fn address(cursor: Option<u64>) -> String {
    let from = cursor.map(|cursor| format!("?after={cursor}")).unwrap_or_default();
    format!("/api/v1/events{from}")
}

/// Whether the feed should be open. Until the relay has told where it begins it is, for what happened while it was closed could
/// not be asked for.
pub const fn wanted(hidden: bool, cursor: Option<u64>) -> bool {
    !hidden || cursor.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hidden_tab_lets_go_once_it_knows_where_to_go_on() {
        assert!(wanted(false, None) && wanted(false, Some(7)));
        assert!(wanted(true, None));
        assert!(!wanted(true, Some(7)));
    }

    #[test]
    fn it_goes_on_from_what_was_seen_last() {
        assert_eq!(address(None), "/api/v1/events");
        assert_eq!(address(Some(7)), "/api/v1/events?after=7");
    }
}
