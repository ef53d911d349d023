//! Who runs a program beside the relay, as the system knows it.

use super::{Id, Who};

/// The system user's name, or its number where the name may not stand in the log.
pub fn operator() -> Who {
    let number = rustix::process::getuid().as_raw();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    Who::Operator(name(&users, number).unwrap_or_else(|| Id::of_user(number)))
}

/// The name of a user, as `passwd(5)` has it: `name:password:number:…`.
fn name(users: &str, number: u32) -> Option<Id> {
    let found = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(number)).then_some(name)
    });
    Id::new(found?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_called_by_name_if_that_may_stand_in_the_log() {
        let users = "root:x:0:0:root:/root:/bin/sh\nkonvolutt:x:990:990::/:/bin/false\nola nordmann:x:7:7::/:/bin/sh\n";
        assert_eq!(name(users, 990), Id::new("konvolutt").ok());
        assert_eq!(name(users, 0), Id::new("root").ok());
        assert_eq!((name(users, 7), name(users, 99), name("", 0)), (None, None, None));
        assert_eq!(Id::of_user(7).as_str(), "user:7");
    }
}
