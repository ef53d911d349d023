//! What went wrong with something sent, and what to do: said wherever in the portal a person is.

use super::catalogue;

catalogue! {
    /// What went wrong with something sent.
    Warning {
        region: "Varsler", "Varsel", "Warnings";
        see: "Se hva du kan gjøre", "Sjå kva du kan gjere", "See what you can do";
        see_draft: "Gå til utkastet", "Gå til utkastet", "Go to the draft";
        close: "Lukk varselet om {mottaker}", "Lukk varselet om {mottaker}", "Close the warning about {mottaker}";
        many: "{n} meldinger er ikke levert.", "{n} meldingar er ikkje leverte.", "{n} messages have not been delivered.";
        many_look: "{n} meldinger trenger oppfølging.", "{n} meldingar treng oppfølging.", "{n} messages need attention.";
        see_sent: "Gå til sendte meldinger", "Gå til sende meldingar", "Go to sent messages";
        close_many: "Lukk varselet om {n} meldinger", "Lukk varselet om {n} meldingar", "Close the warning about {n} messages";
        count: "{n} trenger oppfølging", "{n} treng oppfølging", "{n} need attention";
        look: "Trenger oppfølging", "Treng oppfølging", "Needs attention";
        handled: "Marker som håndtert", "Marker som handtert", "Mark as dealt with";
        handled_help: "Da teller meldingen ikke lenger blant dem som trenger oppfølging. Navnet ditt og tidspunktet blir stående i hendelsene.", "Då tel meldinga ikkje lenger blant dei som treng oppfølging. Namnet ditt og tidspunktet blir ståande i hendingane.", "The message then no longer counts among those that need attention. Your name and the time stay in the events.";
        handled_label: "Markert som håndtert", "Markert som handtert", "Marked as dealt with";
        handled_text: "Meldingen trenger ikke mer oppfølging.", "Meldinga treng ikkje meir oppfølging.", "The message needs no more attention.";
        handled_by: "Av {navn}", "Av {navn}", "By {navn}";
        anew_label: "Lagt i kø på nytt", "Lagd i kø på nytt", "Queued once more";
        anew_text: "Meldingen venter på et nytt forsøk på å sende den. Ikke send den en gang til.", "Meldinga ventar på eit nytt forsøk på å sende ho. Ikkje send ho ein gong til.", "The message waits for one more try to send it. Do not send it again.";
        refused: "Meldingen til {mottaker} ble ikke sendt.", "Meldinga til {mottaker} vart ikkje send.", "The message to {mottaker} was not sent.";
        refused_now: "Ingenting har gått ut. Utkastet er lagret i denne fanen.", "Ingenting har gått ut. Utkastet er lagra i denne fana.", "Nothing has left. The draft is kept in this tab.";
        held: "Meldingen til {mottaker} er ikke sendt. Tjenesten slipper ikke inn hos dem som frakter den.", "Meldinga til {mottaker} er ikkje send. Tenesta slepp ikkje inn hos dei som fraktar ho.", "The message to {mottaker} has not been sent. Those who carry it refuse the service's access.";
        held_now: "Si fra til dem som drifter tjenesten. Meldingen ligger i kø, og vi prøver igjen. Ikke send den på nytt.", "Sei frå til dei som driftar tenesta. Meldinga ligg i kø, og vi prøver igjen. Ikkje send ho på nytt.", "Tell those who run the service. The message is queued, and we try again. Do not send it again.";
        held_label: "Slipper ikke inn", "Slepp ikkje inn", "Access refused";
        held_text: "De som frakter meldingen, avviser tilgangen til tjenesten. Meldingen ligger i kø hos oss.", "Dei som fraktar meldinga, avviser tilgangen til tenesta. Meldinga ligg i kø hos oss.", "Those who carry the message refuse the service's access. The message is queued with us.";
        held_next: "Vi prøver igjen til fristen. Si fra til dem som drifter tjenesten.", "Vi prøver igjen til fristen. Sei frå til dei som driftar tenesta.", "We try again until the deadline. Tell those who run the service.";
        failed: "Meldingen til {mottaker} ble ikke levert.", "Meldinga til {mottaker} vart ikkje levert.", "The message to {mottaker} was not delivered.";
        failed_now: "Se hva kilden skriver, og send på nytt når det er rettet.", "Sjå kva kjelda skriv, og send på nytt når det er retta.", "See what the source writes, and send again when it is mended.";
        returned: "Meldingen til {mottaker} ble returnert uten å bli sendt.", "Meldinga til {mottaker} vart returnert utan å bli send.", "The message to {mottaker} was returned and not sent.";
        returned_now: "Les merknaden fra godkjenneren, rett meldingen og send den som en ny.", "Les merknaden frå godkjennaren, rett meldinga og send ho som ei ny.", "Read the approver's note, mend the message and send it as a new one.";
        rejected: "Fagsystemet til {mottaker} avviste meldingen.", "Fagsystemet til {mottaker} avviste meldinga.", "The case system of {mottaker} turned the message down.";
        rejected_now: "Les hva de skriver, rett det, og send en ny melding.", "Les kva dei skriv, rett det, og send ei ny melding.", "Read what they write, mend it, and send a new message.";
        not_notified: "Varselet om brevet til {mottaker} kom ikke fram.", "Varselet om brevet til {mottaker} kom ikkje fram.", "The notification of the letter to {mottaker} did not arrive.";
        not_notified_now: "Brevet er levert. Vurder å ringe.", "Brevet er levert. Vurder å ringje.", "The letter is delivered. Consider calling.";
        came_back: "Brevet til {mottaker} kom i retur.", "Brevet til {mottaker} kom i retur.", "The letter to {mottaker} came back.";
        came_back_now: "Sjekk adressen, og send brevet på nytt.", "Sjekk adressa, og send brevet på nytt.", "Check the address, and send the letter again, as a new letter.";
        failed_after: "Meldingen til {mottaker} var meldt levert, men nå er det meldt feil.", "Meldinga til {mottaker} var meldt levert, men no er det meldt feil.", "The message to {mottaker} was reported delivered, but now an error is reported.";
        failed_after_now: "Ikke regn med at mottakeren har den. Ta kontakt før du sender igjen.", "Ikkje rekn med at mottakaren har ho. Ta kontakt før du sender igjen.", "Do not count on the recipient having it. Contact them before you send again.";
        expired: "Fristen gikk ut før {mottaker} hentet meldingen.", "Fristen gjekk ut før {mottaker} henta meldinga.", "The deadline passed before {mottaker} collected the message.";
        expired_now: "Ring mottakeren før du sender igjen, så de ikke får den to ganger.", "Ring mottakaren før du sender igjen, så dei ikkje får ho to gonger.", "Call the recipient before you send again, so that they do not get it twice.";
        contradictory: "Meldingen til {mottaker} er meldt både levert og ikke levert.", "Meldinga til {mottaker} er meldt både levert og ikkje levert.", "The message to {mottaker} is reported both delivered and not delivered.";
        contradictory_now: "Sjekk med mottakeren om de har den.", "Sjekk med mottakaren om dei har ho.", "Check with the recipient whether they have it.";
        late: "{mottaker} hentet meldingen etter fristen.", "{mottaker} henta meldinga etter fristen.", "{mottaker} collected the message after the deadline.";
        late_now: "Har du sendt på nytt, kan mottakeren ha fått den to ganger.", "Har du sendt på nytt, kan mottakaren ha fått ho to gonger.", "If you have sent it again, the recipient may have got it twice.";
        disputed: "Noe stemmer ikke med statusen for meldingen til {mottaker}.", "Noko stemmer ikkje med statusen for meldinga til {mottaker}.", "Something is wrong with the status of the message to {mottaker}.";
        disputed_now: "Vi teller den ikke. Se i hendelsene hvem den kom fra.", "Vi tel han ikkje. Sjå i hendingane kven han kom frå.", "We do not count it. See in the events whom it came from.";
    }
}
