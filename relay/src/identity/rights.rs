//! What may be done on behalf of whom, by roles ([`Role::rights`]) and scopes. Pure.

use std::collections::{BTreeMap, BTreeSet};

use konvolutt_shared::api::{Direction, Right, Role};

/// Rights by organisation number.
pub type Rights = BTreeMap<String, BTreeSet<Right>>;

/// What a key can be given. Confidential post, approving, keys and the audit log are for people.
pub const OF_KEYS: [Right; 6] =
    [Right::Directory, Right::Look, Right::Send, Right::Open, Right::Webhooks, Right::Embed];

/// What an embed session can be given.
pub const OF_FRAMES: [Right; 4] = [Right::Directory, Right::Look, Right::Send, Right::Open];

/// What somebody with these roles may do.
pub fn of_all(roles: &BTreeMap<String, BTreeSet<Role>>) -> Rights {
    let rights = |roles: &BTreeSet<Role>| roles.iter().flat_map(|role| role.rights()).copied().collect();
    roles.iter().map(|(organisation, roles)| (organisation.clone(), rights(roles))).collect()
}

/// What is left of rights under a scope.
pub fn within(rights: &Rights, scope: &[Right]) -> Rights {
    let narrowed = |rights: &BTreeSet<Right>| rights.iter().filter(|right| scope.contains(right)).copied().collect();
    rights.iter().map(|(organisation, rights)| (organisation.clone(), narrowed(rights))).collect()
}

/// What the reader of a message must have besides the right to look: nobody sees confidential post that came in
/// unless it was given to them, as it is in Altinn. What we send ourselves is seen by those who send.
pub fn to_see(confidential: bool, direction: Direction) -> Right {
    match (confidential, direction) {
        (false, _) => Right::Look,
        (true, Direction::In) => Right::Confidential,
        (true, Direction::Out) => Right::Send,
    }
}

/// Whether a process is one of confidential letters: `urn:no:difi:profile:arkivmelding:taushetsbelagt…:ver1.0`. The
/// stores' lists ask the same in SQL.
pub fn is_confidential(process: &str) -> bool {
    process.split(':').any(|part| part.to_ascii_lowercase().starts_with("taushetsbelagt"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole table, written out a second time: rows are roles, columns the rights in their order.
    #[test]
    fn the_table() {
        // directory, look, send, open, confidential, approve, webhooks, keys, embed, audit
        const TABLE: [(Role, &str); 6] = [
            (Role::Reader, "11........"),
            (Role::CaseWorker, "1111......"),
            (Role::Approver, "11...1...."),
            (Role::Distributor, "11.11....."),
            (Role::Administrator, "......11.."),
            (Role::Auditor, ".........1"),
        ];
        assert_eq!(TABLE.map(|(role, _)| role), Role::ALL);
        for (role, row) in TABLE {
            let row: Vec<bool> = row.chars().map(|c| c == '1').collect();
            assert_eq!(row.len(), Right::ALL.len(), "{role:?}");
            for (right, may) in Right::ALL.into_iter().zip(row) {
                assert_eq!(role.rights().contains(&right), may, "{role:?} {right:?}");
            }
        }
    }

    #[test]
    fn roles_add_up_in_their_own_organisation_only() {
        let roles = BTreeMap::from([
            ("a".to_owned(), BTreeSet::from([Role::Reader, Role::Auditor])),
            ("b".to_owned(), BTreeSet::from([Role::Administrator])),
        ]);
        let rights = of_all(&roles);
        assert_eq!(rights["a"], BTreeSet::from([Right::Directory, Right::Look, Right::Audit]));
        assert_eq!(rights["b"], BTreeSet::from([Right::Webhooks, Right::Keys]));
        let narrow = within(&rights, &[Right::Look, Right::Keys]);
        assert_eq!((&narrow["a"], &narrow["b"]), (&BTreeSet::from([Right::Look]), &BTreeSet::from([Right::Keys])));
    }

    #[test]
    fn confidential_is_a_word_of_the_process() {
        for (process, confidential) in [
            ("urn:no:difi:profile:arkivmelding:taushetsbelagtAdministrasjon:ver1.0", true),
            ("urn:no:difi:profile:arkivmelding:taushetsbelagt:ver1.0", true),
            ("urn:no:difi:profile:arkivmelding:administrasjon:ver1.0", false),
            ("urn:no:difi:profile:arkivmelding:ikke-taushetsbelagt:ver1.0", false),
            ("", false),
        ] {
            assert_eq!(is_confidential(process), confidential, "{process}");
        }
    }

    #[test]
    fn confidential_post_that_came_in_is_for_those_who_distribute_it() {
        assert_eq!(to_see(false, Direction::In), Right::Look);
        assert_eq!(to_see(false, Direction::Out), Right::Look);
        assert_eq!(to_see(true, Direction::In), Right::Confidential);
        assert_eq!(to_see(true, Direction::Out), Right::Send);
    }

    #[test]
    fn no_key_can_be_given_what_is_for_people() {
        for right in [Right::Confidential, Right::Approve, Right::Keys, Right::Audit] {
            assert!(!OF_KEYS.contains(&right) && !OF_FRAMES.contains(&right), "{right:?}");
        }
        assert!(OF_FRAMES.iter().all(|right| OF_KEYS.contains(right)) && !OF_FRAMES.contains(&Right::Embed));
    }
}
