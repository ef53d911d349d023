//! Said where a person lacks a right: what they may not do, what they may, and whom to ask. In the place of the form or the
//! page, so that nothing is filled in that fails in the end.

use konvolutt_shared::api::Right;
use yew::prelude::*;

use super::{Alert, PageHeading, Shell};
use crate::flow::timeline::Tone;
use crate::text::fill;

/// Properties of [`NoAccess`].
#[derive(Properties, PartialEq)]
pub struct NoAccessProps {
    /// The surroundings.
    pub shell: Shell,
    /// What is lacking.
    pub right: Right,
}

/// The words. Roles have the names that the administrator knows them by.
#[component]
pub fn NoAccess(props: &NoAccessProps) -> Html {
    let text = &props.shell.text().access;
    let (lacking, role) = match props.right {
        Right::Send if props.shell.may(Right::Look) => (text.read_not_send, text.case_worker),
        Right::Send => (text.not_send, text.case_worker),
        Right::Approve => (text.not_approve, text.approver),
        Right::Open => (text.not_open, text.case_worker),
        _ => (text.not_look, text.reader),
    };
    let organisation = ("virksomhet", props.shell.organisation.name.as_str());
    html! {
        <Alert tone={Tone::Warning}>
            <p>{ fill(lacking, &[organisation]) }</p>
            <p>{ fill(text.ask, &[organisation, ("rolle", role)]) }</p>
        </Alert>
    }
}

/// Properties of [`NoAccessPage`].
#[derive(Properties, PartialEq)]
pub struct NoAccessPageProps {
    /// The surroundings.
    pub shell: Shell,
    /// What is lacking.
    pub right: Right,
    /// The page's own heading.
    pub heading: AttrValue,
}

/// The same in the place of a whole page.
#[component]
pub fn NoAccessPage(props: &NoAccessPageProps) -> Html {
    html! {
        <>
            <PageHeading text={props.heading.clone()} />
            <NoAccess shell={props.shell.clone()} right={props.right} />
        </>
    }
}

/// Holds a session, so nothing of it shows.
impl std::fmt::Debug for NoAccessProps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NoAccessProps").field("right", &self.right).finish_non_exhaustive()
    }
}

/// Holds a session, so nothing of it shows.
impl std::fmt::Debug for NoAccessPageProps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NoAccessPageProps").field("right", &self.right).finish_non_exhaustive()
    }
}
