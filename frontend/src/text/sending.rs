//! Letters whose sending was broken off, and goes on or not.

use super::catalogue;

catalogue! {
    /// Letters whose sending was broken off.
    Sending {
        region: "Avbrutte sendinger", "Avbrotne sendingar", "Interrupted sendings";
        goes_on: "Sendingen av «{tittel}» ble avbrutt. Vi fortsetter der den stoppet.", "Sendinga av «{tittel}» vart avbroten. Vi held fram der ho stoppa.", "The sending of “{tittel}” was interrupted. We go on where it stopped.";
        bar: "Sending av «{tittel}»", "Sending av «{tittel}»", "Sending of “{tittel}”";
        going: "Laster opp {n} av {m}", "Lastar opp {n} av {m}", "Uploading {n} of {m}";
        stopped_at: "{n} av {m} er lastet opp.", "{n} av {m} er lasta opp.", "{n} of {m} is uploaded.";
        starting: "Sjekker hvor langt sendingen kom …", "Sjekkar kor langt sendinga kom …", "Checking how far the sending came …";
        pause: "Sett på pause", "Set på pause", "Pause";
        go_on: "Fortsett sendingen", "Hald fram med sendinga", "Continue sending";
        paused: "Sendingen av «{tittel}» er satt på pause.", "Sendinga av «{tittel}» er sett på pause.", "The sending of “{tittel}” is paused.";
        waits: "Sendingen av «{tittel}» ble ikke fullført.", "Sendinga av «{tittel}» vart ikkje fullført.", "The sending of “{tittel}” was not completed.";
        waits_for: "Sendingen av «{tittel}» venter. {grunn}.", "Sendinga av «{tittel}» ventar. {grunn}.", "The sending of “{tittel}” is waiting. {grunn}.";
        no_contact: "Vi får ikke kontakt med tjenesten. Sendingen av «{tittel}» venter.", "Vi får ikkje kontakt med tenesta. Sendinga av «{tittel}» ventar.", "We cannot reach the service. The sending of “{tittel}” is waiting.";
        lost: "Vi har mistet forbindelsen. Vi prøver igjen. Ikke lukk fanen.", "Vi har mista sambandet. Vi prøver igjen. Ikkje lukk fana.", "We have lost the connection. We are trying again. Do not close the tab.";
        sent: "«{tittel}» er sendt.", "«{tittel}» er send.", "“{tittel}” is sent.";
        see: "Se meldingen", "Sjå meldinga", "See the message";
        unsealed: "Sendingen av «{tittel}» ble avbrutt før alt var kryptert, og kan ikke fortsette.", "Sendinga av «{tittel}» vart avbroten før alt var kryptert, og kan ikkje halde fram.", "The sending of “{tittel}” was interrupted before everything was encrypted, and cannot go on.";
        expired: "Sendingen av «{tittel}» ble avbrutt for lenge siden til å fortsette.", "Sendinga av «{tittel}» vart avbroten for lenge sidan til å halde fram.", "The sending of “{tittel}” was interrupted too long ago to go on.";
        refused: "«{tittel}» ble ikke sendt. {grunn}.", "«{tittel}» vart ikkje send. {grunn}.", "“{tittel}” was not sent. {grunn}.";
        cancelled: "Sendingen av «{tittel}» er avbrutt.", "Sendinga av «{tittel}» er avbroten.", "The sending of “{tittel}” is cancelled.";
        stopped: "«{tittel}» er ikke sendt.", "«{tittel}» er ikkje send.", "“{tittel}” has not been sent.";
        draft_kept: "Ingenting er sendt. Teksten ligger i utkastet. Dokumentene må du velge på nytt: {dokumenter}.", "Ingenting er sendt. Teksten ligg i utkastet. Dokumenta må du velje på nytt: {dokumenter}.", "Nothing has been sent. What you wrote is in the draft. Choose the documents again: {dokumenter}.";
        leave: "Et brev er ikke ferdig sendt. Logger du ut nå, blir det ikke sendt, og teksten blir slettet fra denne nettleseren. Vil du logge ut?", "Eit brev er ikkje ferdig sendt. Loggar du ut no, blir det ikkje sendt, og teksten blir sletta frå denne nettlesaren. Vil du logge ut?", "A letter has not been sent completely. If you sign out now, it will not be sent, and what you wrote is deleted from this browser. Do you want to sign out?";
        leave_draft: "Et utkast er ikke sendt. Logger du ut nå, blir det slettet. Vil du logge ut?", "Eit utkast er ikkje sendt. Loggar du ut no, blir det sletta. Vil du logge ut?", "A draft has not been sent. If you sign out now, it is deleted. Do you want to sign out?";
        see_draft: "Gå til utkastet", "Gå til utkastet", "Go to the draft";
        close: "Lukk meldingen om «{tittel}»", "Lukk meldinga om «{tittel}»", "Close the notice about “{tittel}”";
    }
}
