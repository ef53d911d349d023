//! What a person may not do, and whom to ask.

use super::catalogue;

catalogue! {
    /// What a person may not do.
    Access {
        not_look: "Du har ikke tilgang til å lese meldinger for {virksomhet}.", "Du har ikkje tilgang til å lese meldingar for {virksomhet}.", "You may not read messages of {virksomhet}.";
        not_send: "Du har ikke tilgang til å sende meldinger for {virksomhet}.", "Du har ikkje tilgang til å sende meldingar for {virksomhet}.", "You may not send messages for {virksomhet}.";
        read_not_send: "Du kan lese meldinger for {virksomhet}, men ikke sende.", "Du kan lese meldingar for {virksomhet}, men ikkje sende.", "You may read messages of {virksomhet}, but not send.";
        not_open: "Du kan se at meldingen har kommet, men ikke åpne den.", "Du kan sjå at meldinga har kome, men ikkje opne ho.", "You can see that the message has come, but not open it.";
        not_approve: "Du har ikke tilgang til å godkjenne meldinger for {virksomhet}.", "Du har ikkje tilgang til å godkjenne meldingar for {virksomhet}.", "You may not approve messages of {virksomhet}.";
        ask: "Be administratoren hos {virksomhet} om rollen «{rolle}».", "Be administratoren hos {virksomhet} om rolla «{rolle}».", "Ask the administrator at {virksomhet} for the role “{rolle}”.";
        reader: "Leser", "Lesar", "Reader";
        case_worker: "Saksbehandler", "Saksbehandlar", "Caseworker";
        approver: "Godkjenner", "Godkjennar", "Approver";
    }
}
