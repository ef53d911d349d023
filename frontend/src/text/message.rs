//! One message: its history, its verdict and its documents.

use super::catalogue;

catalogue! {
    /// One message, its history and its documents.
    Message {
        status: "Status", "Status", "Status";
        events: "Hendelser", "Hendingar", "Events";
        documents: "Dokumenter", "Dokument", "Documents";
        next: "Videre: {tekst}", "Vidare: {tekst}", "Next: {tekst}";
        source: "Kilde: {kilde}", "Kjelde: {kilde}", "Source: {kilde}";
        from: "Fra", "Frå", "From";
        to: "Til", "Til", "To";
        created: "Sendt", "Sendt", "Sent";
        received: "Mottatt", "Motteken", "Received";
        delivery_method: "Leveringsmåte", "Leveringsmåte", "Delivery method";
        size: "Størrelse på kryptert pakke", "Storleik på kryptert pakke", "Size of the sealed package";
        deadline: "Frist for levering", "Frist for levering", "Delivery deadline";
        message_id: "Meldings-ID", "Meldings-ID", "Message id";
        conversation_id: "Samtale-ID", "Samtale-ID", "Conversation id";
        details: "Tekniske opplysninger", "Tekniske opplysningar", "Technical details";
        conversation: "I samme samtale", "I same samtale", "In the same conversation";
        outgoing: "Melding til {navn}", "Melding til {navn}", "Message to {navn}";
        incoming: "Melding fra {navn}", "Melding frå {navn}", "Message from {navn}";
        open: "Åpne meldingen", "Opne meldinga", "Open the message";
        open_lead: "Meldingen er kryptert til virksomheten. Den blir åpnet i nettleseren din.", "Meldinga er kryptert til verksemda. Ho blir opna i nettlesaren din.", "The message is encrypted to the organisation. It is opened in your browser.";
        open_key: "Du trenger virksomhetssertifikatet for å åpne meldingen.", "Du treng verksemdssertifikatet for å opne meldinga.", "You need the organisation certificate to open the message.";
        opening: "Henter og åpner meldingen …", "Hentar og opnar meldinga …", "Fetching and opening the message …";
        verdict: "Signatur", "Signatur", "Signature";
        acknowledge_here: "Det blir notert her. KS fikk vite at meldingen kom fram da den kom.", "Det blir notert her. KS fekk vite at meldinga kom fram då ho kom.", "It is noted here. KS was told that the message arrived when it did.";
        unsigned: "Ikke signert", "Ikkje signert", "Not signed";
        unsigned_help: "Brevet kom med KS SvarUt, som leverer uten avsenderens signatur. Vi vet bare hva KS sier om hvem som har sendt det. Dokumentene er de samme som KS har listet opp.", "Brevet kom med KS SvarUt, som leverer utan signaturen til avsendaren. Vi veit berre kva KS seier om kven som har sendt det. Dokumenta er dei same som KS har lista opp.", "The letter came by KS SvarUt, which delivers without the sender's signature. We only know what KS says about who sent it. The documents are those that KS has listed.";
        name_carrier: "Avsender ifølge KS", "Avsendar ifølgje KS", "Sender according to KS";
        signed_by: "Signert av {navn}", "Signert av {navn}", "Signed by {navn}";
        signature_valid: "Signaturen er gyldig. Dokumentene er ikke endret etter signering.", "Signaturen er gyldig. Dokumenta er ikkje endra etter signering.", "The signature is valid. The documents have not been changed since signing.";
        signature_refused: "Signaturen stemmer ikke. Ikke stol på innholdet. Kontakt avsender.", "Signaturen stemmer ikkje. Ikkje stol på innhaldet. Kontakt avsendaren.", "The signature does not hold. Do not trust the content. Contact the sender.";
        names: "Hvem er avsender?", "Kven er avsendar?", "Who is the sender?";
        name_broker: "Altinn sier", "Altinn seier", "Altinn says";
        name_envelope: "Konvolutten sier", "Konvolutten seier", "The envelope says";
        name_signer: "Signaturen sier", "Signaturen seier", "The signature says";
        acts_for: "{leverandør} på vegne av {virksomhet}", "{leverandør} på vegner av {virksomhet}", "{leverandør} on behalf of {virksomhet}";
        names_agree_supplier: "De tre stemmer overens: en leverandør har signert for avsenderen, og Altinn har sluppet den til på vegne av avsenderen.", "Dei tre stemmer overeins: ein leverandør har signert for avsendaren, og Altinn har sleppt han til på vegner av avsendaren.", "The three agree: a supplier has signed for the sender, and Altinn has admitted it on the sender's behalf.";
        names_agree: "De tre stemmer overens.", "Dei tre stemmer overeins.", "The three agree.";
        names_differ: "De stemmer ikke overens. Kontakt avsenderen før du bruker innholdet.", "Dei stemmer ikkje overeins. Kontakt avsendaren før du bruker innhaldet.", "They do not agree. Contact the sender before you use the content.";
        name_unknown: "Ikke oppgitt", "Ikkje oppgitt", "Not given";
        findings: "Merknader", "Merknader", "Remarks";
        agreed: "Avtalt melding", "Avtalt melding", "Agreed message";
        agreed_help: "Opplysninger som de to virksomhetene har avtalt på forhånd. De er ment for systemet hos mottakeren.", "Opplysningar som dei to verksemdene har avtalt på førehand. Dei er meinte for systemet hos mottakaren.", "Information that the two organisations have agreed on beforehand. It is meant for the recipient's system.";
        no_package: "Meldingen kom uten dokumenter.", "Meldinga kom utan dokument.", "The message came without documents.";
        kept: "Meldingen er beholdt slik den kom.", "Meldinga er behalden slik ho kom.", "The message is kept as it came.";
        show: "Vis {navn}", "Vis {navn}", "Show {navn}";
        hide: "Lukk visningen", "Lukk visinga", "Close the view";
        download: "Last ned {navn}", "Last ned {navn}", "Download {navn}";
        short_download: "Last ned", "Last ned", "Download";
        download_all: "Last ned alt", "Last ned alt", "Download all";
        document_frame: "Dokument: {navn}", "Dokument: {navn}", "Document: {navn}";
        open_tab: "Åpne {navn} i ny fane", "Opne {navn} i ny fane", "Open {navn} in a new tab";
        reply: "Svar", "Svar", "Reply";
        acknowledge: "Bekreft at meldingen er tatt imot", "Stadfest at meldinga er teken imot", "Confirm that the message is received";
        acknowledge_help: "Avsenderen får statusen «Levert».", "Avsendaren får statusen «Levert».", "The sender gets the status “Delivered”.";
        acknowledged: "Du har bekreftet at meldingen er tatt imot.", "Du har stadfesta at meldinga er teken imot.", "You have confirmed that the message is received.";
        retry: "Send på nytt", "Send på nytt", "Send again";
        send_anew: "Denne sendingen kan ikke prøves igjen. Se hva kilden skriver, og send en ny melding når det er rettet.", "Denne sendinga kan ikkje prøvast igjen. Sjå kva kjelda skriv, og send ei ny melding når det er retta.", "This message cannot be tried again. See what the source writes, and send a new one when it is mended.";
        retried: "Vi prøver å sende på nytt.", "Vi prøver å sende på nytt.", "We are trying to send again.";
        live: "Siden oppdaterer seg selv.", "Sida oppdaterer seg sjølv.", "The page updates itself.";
        evidence: "Bevis", "Bevis", "Evidence";
        evidence_help: "Konvolutten slik den ble signert. Den kan inspiseres i laben.", "Konvolutten slik han vart signert. Han kan inspiserast i laben.", "The envelope as it was signed. It can be inspected in the lab.";
        delivered_to: "Levert til {mottaker} kl. {tid}.", "Levert til {mottaker} kl. {tid}.", "Delivered to {mottaker} at {tid}.";
        posted: "Overlevert til utskrift og post kl. {tid}.", "Overlevert til utskrift og post kl. {tid}.", "Handed over to print and post at {tid}.";
    }
}
