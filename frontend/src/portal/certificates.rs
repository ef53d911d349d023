//! `/virksomhet/sertifikater`.

use yew::prelude::*;

use crate::text::fill;
use crate::ui::certificate::{CertificateList, ImportForm};
use crate::ui::{PageHeading, Shell, nothing};

/// Properties of [`Certificates`].
#[derive(Properties, PartialEq)]
pub(crate) struct CertificatesProps {
    /// The surroundings.
    pub shell: Shell,
}

/// The page.
#[component]
pub(crate) fn Certificates(props: &CertificatesProps) -> Html {
    let frame = &props.shell.text().frame;
    let none = if props.shell.keys.is_some() && props.shell.key().is_none() {
        html! { <p>{ fill(frame.key_none, &[("virksomhet", &props.shell.organisation.name)]) }</p> }
    } else {
        nothing()
    };
    html! {
        <>
            <PageHeading text={frame.key_title} />
            <div class="app-stack">
                <p>{ frame.key_lead }{ " " }{ frame.key_sign_out }</p>
                <div>{ none }</div>
                <CertificateList shell={props.shell.clone()} />
                <h2 class="ds-heading" data-size="sm">{ frame.start_key_add }</h2>
                <ImportForm shell={props.shell.clone()} />
            </div>
        </>
    }
}
