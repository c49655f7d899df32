"""How mail programs head a quote, in their own words; written for these tests, one line or block per program."""

from __future__ import annotations

# (name, headline) for quotes whose lines begin with ">".
ATTRIBUTIONS = [
    ("gmail de", "Am Di., 5. Mai 2026 um 08:15 Uhr schrieb Lager Nord <lager@nord.example>:"),
    ("gmail de wrapped", "Am Di., 5. Mai 2026 um 08:15 Uhr schrieb Lager Nord GmbH & Co. KG <\nlager@nord.example>:"),
    ("apple de", "Am 05.05.2026 um 08:15 schrieb Lager Nord <lager@nord.example>:"),
    ("apple de old", "Am 05.05.2026 um 08:15 schrieb lager@nord.example:"),
    ("thunderbird de", "Am 05.05.26 um 08:15 schrieb Lager Nord:"),
    ("proton de", "Lager Nord <lager@nord.example> schrieb am Dienstag, 5. Mai 2026 um 08:15:"),
    (
        "yahoo de",
        "Am Dienstag, 5. Mai 2026 um 08:15:33 MESZ hat Lager Nord <lager@nord.example> Folgendes geschrieben:",
    ),
    ("open-xchange de", "Lager Nord <lager@nord.example> hat am 05.05.2026 08:15 CEST geschrieben:"),
    ("horde de", "Zitat von Lager Nord <lager@nord.example>:"),
    ("nine de", "Am 5. Mai 2026 08:15:33 MESZ schrieb Lager Nord <lager@nord.example>:"),
    ("gmail en", "On Tue, May 5, 2026 at 8:15 AM Depot North <depot@north.example> wrote:"),
    ("gmail en narrow", "On Tue, May 5, 2026 at 8:15 AM Depot North <depot@north.example> wrote:"),
    ("gmail en wrapped", "On Tue, May 5, 2026 at 8:15 AM Depot North\n<depot@north.example> wrote:"),
    (
        "gmail en wrapped thrice",
        "On Tue, May 5, 2026 at 8:15 AM Depot North and Partners\n<depot@north.example>\nwrote:",
    ),
    ("apple en", "On 5 May 2026, at 08:15, Depot North <depot@north.example> wrote:"),
    ("apple en us", "On May 5, 2026, at 8:15 AM, Depot North <depot@north.example> wrote:"),
    ("thunderbird en", "On 5/5/26 08:15, Depot North wrote:"),
    ("roundcube en", "On 2026-05-05 08:15, Depot North wrote:"),
    ("evolution en", "On Tue, 2026-05-05 at 08:15 +0200, Depot North wrote:"),
    ("mutt en", "On Tue, May 05, 2026 at 08:15:33AM +0200, Depot North wrote:"),
    ("outlook mac en", 'On 5/5/26, 8:15 AM, "Depot North" <depot@north.example> wrote:'),
    ("yahoo en", "On Tuesday, May 5, 2026 at 08:15:33 AM GMT+2, Depot North <depot@north.example> wrote:"),
    ("mailmate en", "On 5 May 2026, at 8:15, Depot North wrote:"),
    ("horde en", "Quoting Depot North <depot@north.example>:"),
    ("spark en", "On 5 May 2026 at 08:15 +0200, Depot North <depot@north.example>, wrote:"),
    ("gmail sv", "Den tis 5 maj 2026 kl 08:15 skrev Lager Nord <lager@nord.example>:"),
    ("gmail sv new", "tis 5 maj 2026 kl. 08:15 skrev Lager Nord <lager@nord.example>:"),
    ("gmail sv short", "Lager Nord skrev (tis 5 maj 2026 kl 08:15):"),
    ("apple sv", "5 maj 2026 kl. 08:15 skrev Lager Nord <lager@nord.example>:"),
    ("thunderbird sv", "Den 2026-05-05 kl. 08:15, skrev Lager Nord:"),
    ("yahoo sv", "Den tisdag 5 maj 2026 08:15:33 CEST, Lager Nord <lager@nord.example> skrev:"),
    ("roundcube sv", "Den 2026-05-05 08:15, skrev Lager Nord:"),
    ("gmail fr", "Le mar. 5 mai 2026 à 08:15, Dépôt Nord <depot@nord.example> a écrit :"),
    ("apple fr", "Le 5 mai 2026 à 08:15, Dépôt Nord <depot@nord.example> a écrit :"),
    ("thunderbird fr", "Le 05/05/2026 à 08:15, Dépôt Nord a écrit :"),
    ("gmail da", "Den tirs. 5. maj 2026 kl. 08.15 skrev Lager Nord <lager@nord.example>:"),
    ("apple da", "Den 5. maj 2026 kl. 08.15 skrev Lager Nord <lager@nord.example>:"),
    ("gmail no", "tir. 5. mai 2026 kl. 08:15 skrev Lager Nord <lager@nord.example>:"),
    ("gmail nl", "Op di 5 mei 2026 om 08:15 schreef Magazijn Noord <magazijn@noord.example>:"),
    ("apple nl", "Op 5 mei 2026 om 08:15 heeft Magazijn Noord <magazijn@noord.example> het volgende geschreven:"),
    ("thunderbird nl", "Op 05-05-2026 om 08:15 schreef Magazijn Noord:"),
    ("gmail pl", "wt., 5 maj 2026 o 08:15 Magazyn <magazyn@nord.example> napisał(a):"),
    ("thunderbird pl", "W dniu 05.05.2026 o 08:15, Magazyn pisze:"),
    ("gmail it", "Il giorno mar 5 mag 2026 alle ore 08:15 Deposito <deposito@nord.example> ha scritto:"),
    ("thunderbird it", "Il 05/05/2026 08:15, Deposito ha scritto:"),
    ("gmail es", "El mar, 5 may 2026 a las 8:15, Almacén (<almacen@norte.example>) escribió:"),
    ("thunderbird es", "El 5/5/26 a las 8:15, Almacén escribió:"),
    ("gmail pt", "Em ter., 5 de mai. de 2026 às 08:15, Armazém <armazem@norte.example> escreveu:"),
    ("gmail fi", "ti 5.5.2026 klo 8.15 Varasto (varasto@nord.example) kirjoitti:"),
    ("gmail cs", "út 5. 5. 2026 v 8:15 odesílatel Sklad <sklad@nord.example> napsal:"),
    ("gmail ca", "Missatge de Magatzem <magatzem@nord.example> del dia dt., 5 de maig 2026 a les 8:15:"),
    ("gmail hu", "Raktár <raktar@nord.example> ezt írta (időpont: 2026. máj. 5., K, 8:15):"),
    ("gmail uk", "вт, 5 трав. 2026 р. о 08:15 Склад <sklad@nord.example> пише:"),
    ("gmail ru", "вт, 5 мая 2026 г. в 08:15, Склад <sklad@nord.example>:"),
    ("gmail tr", "Depo <depo@nord.example>, 5 May 2026 Sal, 08:15 tarihinde şunu yazdı:"),
    ("gmail ro", "mar., 5 mai 2026 la 08:15, Depozit <depozit@nord.example> a scris:"),
    ("gmail el", "Στις Τρί 5 Μαΐ 2026 στις 8:15 π.μ., ο/η Αποθήκη <apothiki@nord.example> έγραψε:"),
    ("gmail ja", "2026年5月5日(火) 8:15 倉庫 <souko@nord.example>:"),
    ("gmail zh", "仓库 <cangku@nord.example> 于2026年5月5日周二 08:15写道："),
    ("gmail ko", "2026년 5월 5일 (화) 오전 8:15, 창고 <changgo@nord.example>님이 작성:"),
    ("gmail vi", "Vào Th 3, 5 thg 5, 2026 vào lúc 08:15 Kho <kho@nord.example> đã viết:"),
    ("gmail old", "2026/5/5 Depot North <depot@north.example>"),
]

# (name, block) for quotes that follow without any sign; the last line of the block is followed by the quote.
BLOCKS = [
    (
        "outlook de",
        "Von: Lager Nord <lager@nord.example>\nGesendet: Dienstag, 5. Mai 2026 08:15\nAn: Ben Fuchs <ben@x.example>\nBetreff: AW: Lampen",
    ),
    (
        "outlook de internal",
        "Von: Nord, Lager\nGesendet: Dienstag, 5. Mai 2026 08:15\nAn: Fuchs, Ben\nBetreff: AW: Lampen",
    ),
    (
        "outlook de mac",
        "Von: Lager Nord <lager@nord.example>\nDatum: Dienstag, 5. Mai 2026 um 08:15\nAn: Ben <ben@x.example>\nBetreff: AW: Lampen",
    ),
    (
        "gmx de",
        'Gesendet: Dienstag, 05. Mai 2026 um 08:15 Uhr\nVon: "Lager Nord" <lager@nord.example>\nAn: ben@x.example\nBetreff: Aw: Lampen',
    ),
    (
        "samsung de",
        "-------- Ursprüngliche Nachricht --------\nVon: Lager Nord <lager@nord.example>\nDatum: 05.05.26 08:15 (GMT+01:00)\nAn: ben@x.example\nBetreff: AW: Lampen",
    ),
    (
        "old outlook de",
        "-----Ursprüngliche Nachricht-----\nVon: Lager Nord\nGesendet: Dienstag, 5. Mai 2026 08:15\nAn: Ben\nBetreff: Lampen",
    ),
    (
        "notes de",
        '-----"Lager Nord" <lager@nord.example> schrieb: -----\nAn: ben@x.example\nVon: "Lager Nord" <lager@nord.example>\nDatum: 05.05.2026 08:15\nBetreff: Lampen',
    ),
    (
        "outlook en",
        "From: Depot North <depot@north.example>\nSent: Tuesday, May 5, 2026 8:15 AM\nTo: Ben Fuchs <ben@x.example>\nSubject: RE: Lamps",
    ),
    (
        "outlook en bold",
        "*From:* Depot North <depot@north.example>\n*Sent:* Tuesday, May 5, 2026 8:15 AM\n*To:* Ben Fuchs <ben@x.example>\n*Cc:* Kim; Lea\n*Subject:* RE: Lamps",
    ),
    (
        "outlook en ruled",
        "________________________________\nFrom: Depot North <depot@north.example>\nSent: Tuesday, May 5, 2026 8:15:33 AM\nTo: Ben <ben@x.example>\nSubject: Re: Lamps",
    ),
    (
        "outlook en phone",
        "________________________________________\nFrom: Depot North [depot@north.example]\nSent: Tuesday, 5 May 2026 8:15 a.m.\nTo: Ben\nSubject: Lamps",
    ),
    (
        "original en",
        "-----Original Message-----\nFrom: Depot North\nSent: Tuesday, May 5, 2026 8:15 AM\nTo: Ben\nSubject: Lamps",
    ),
    (
        "blackberry en",
        '-----Original Message-----\nFrom: "Depot North" <depot@north.example>\nDate: Tue, 5 May 2026 08:15:33\nTo: <ben@x.example>\nReply-To: depot@north.example\nSubject: Lamps',
    ),
    (
        "zimbra en",
        '----- Original Message -----\nFrom: "Depot North" <depot@north.example>\nTo: "Ben" <ben@x.example>\nSent: Tuesday, May 5, 2026 8:15:33 AM\nSubject: Re: Lamps',
    ),
    (
        "many recipients en",
        "From: Depot North <depot@north.example>\nSent: Tuesday, May 5, 2026 8:15 AM\nTo: Ben <ben@x.example>; Kim <kim@x.example>;\n Lea <lea@x.example>\nSubject: RE: Lamps with a subject\n that runs on",
    ),
    (
        "outlook sv",
        "Från: Lager Nord <lager@nord.example>\nSkickat: den 5 maj 2026 08:15\nTill: Ben <ben@x.example>\nÄmne: SV: Lampor",
    ),
    (
        "samsung sv",
        "-------- Originalmeddelande --------\nFrån: Lager Nord <lager@nord.example>\nDatum: 2026-05-05 08:15 (GMT+01:00)\nTill: ben@x.example\nRubrik: SV: Lampor",
    ),
    (
        "zimbra sv",
        '----- Ursprungligt meddelande -----\nFrån: "Lager Nord" <lager@nord.example>\nTill: "Ben" <ben@x.example>\nSkickat: tisdag, 5 maj 2026 8:15:33\nÄmne: SV: Lampor',
    ),
    (
        "outlook fr",
        "De : Dépôt Nord <depot@nord.example>\nEnvoyé : mardi 5 mai 2026 08:15\nÀ : Ben <ben@x.example>\nObjet : RE: Lampes",
    ),
    (
        "original fr",
        "-----Message d'origine-----\nDe : Dépôt Nord\nEnvoyé : mardi 5 mai 2026 08:15\nÀ : Ben\nObjet : Lampes",
    ),
    (
        "outlook nl",
        "Van: Magazijn <magazijn@noord.example>\nVerzonden: dinsdag 5 mei 2026 08:15\nAan: Ben <ben@x.example>\nOnderwerp: RE: Lampen",
    ),
    (
        "outlook da",
        "Fra: Lager Nord <lager@nord.example>\nSendt: 5. maj 2026 08:15\nTil: Ben <ben@x.example>\nEmne: SV: Lamper",
    ),
    (
        "outlook pl",
        "Od: Magazyn <magazyn@nord.example>\nWysłano: wtorek, 5 maja 2026 08:15\nDo: Ben <ben@x.example>\nTemat: Odp: Lampy",
    ),
    (
        "outlook it",
        "Da: Deposito <deposito@nord.example>\nInviato: martedì 5 maggio 2026 08:15\nA: Ben <ben@x.example>\nOggetto: R: Lampade",
    ),
    (
        "outlook es",
        "De: Almacén <almacen@norte.example>\nEnviado: martes, 5 de mayo de 2026 8:15\nPara: Ben <ben@x.example>\nAsunto: RE: Lámparas",
    ),
    (
        "outlook pt",
        "De: Armazém <armazem@norte.example>\nEnviado: terça-feira, 5 de maio de 2026 08:15\nPara: Ben <ben@x.example>\nAssunto: RE: Lâmpadas",
    ),
    (
        "outlook fi",
        "Lähettäjä: Varasto <varasto@nord.example>\nLähetetty: tiistai 5. toukokuuta 2026 8.15\nVastaanottaja: Ben <ben@x.example>\nAihe: VS: Lamput",
    ),
    (
        "outlook cs",
        "Od: Sklad <sklad@nord.example>\nOdesláno: úterý 5. května 2026 8:15\nKomu: Ben <ben@x.example>\nPředmět: RE: Lampy",
    ),
    (
        "outlook hu",
        "Feladó: Raktár <raktar@nord.example>\nElküldve: 2026. május 5., kedd 8:15\nCímzett: Ben <ben@x.example>\nTárgy: RE: Lámpák",
    ),
    (
        "outlook ru",
        "От: Склад <sklad@nord.example>\nОтправлено: 5 мая 2026 г. 8:15\nКому: Ben <ben@x.example>\nТема: RE: Лампы",
    ),
]

# (name, html): {new} is what was written, {old} what is quoted.
HTML = [
    (
        "gmail",
        '<div dir="ltr">{new}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Tue, May 5, 2026 at 8:15 AM Depot &lt;<a href="mailto:d@n.example">d@n.example</a>&gt; wrote:<br></div><blockquote class="gmail_quote">{old}</blockquote></div>',
    ),
    (
        "gmail old",
        '<div dir="ltr">{new}</div><div class="gmail_extra"><br><div class="gmail_quote">On Tue, May 5, 2026 at 8:15 AM, Depot <span dir="ltr">&lt;d@n.example&gt;</span> wrote:<br><blockquote class="gmail_quote">{old}</blockquote></div></div>',
    ),
    (
        "outlook web",
        '<div>{new}</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg" dir="ltr"><b>From:</b> Depot &lt;d@n.example&gt;<br><b>Sent:</b> Tuesday, May 5, 2026 8:15 AM<br><b>To:</b> Ben<br><b>Subject:</b> Re: Lamps</div><div>{old}</div>',
    ),
    (
        "outlook new",
        '<div>{new}</div><div id="mail-editor-reference-message-container"><div><b>Från:</b> Depot<br><b>Datum:</b> 5 maj</div>{old}</div>',
    ),
    (
        "word",
        '<div class="WordSection1"><p class="MsoNormal">{new}<o:p></o:p></p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal"><b>Von:</b> Lager &lt;l@n.example&gt;<br><b>Gesendet:</b> Dienstag</p></div></div><p class="MsoNormal">{old}</p></div>',
    ),
    (
        "windows mail",
        '<div>{new}</div><div style="padding-top: 5px; border-top-color: rgb(229, 229, 229); border-top-width: 1px; border-top-style: solid;"><b>From:</b> Depot<br><b>Sent:</b> Tuesday</div><div>{old}</div>',
    ),
    ("outlook mac", '<div>{new}</div><span id="OLK_SRC_BODY_SECTION"><div><b>From:</b> Depot</div>{old}</span>'),
    (
        "apple",
        '<body>{new}<div><br><blockquote type="cite"><div>On 5 May 2026, at 08:15, Depot &lt;d@n.example&gt; wrote:</div><br>{old}</blockquote></div></body>',
    ),
    (
        "apple de",
        '<body dir="auto">{new}<div dir="ltr"><br><blockquote type="cite">Am 05.05.2026 um 08:15 schrieb Lager &lt;l@n.example&gt;:<br><br></blockquote></div><blockquote type="cite"><div>{old}</div></blockquote></body>',
    ),
    (
        "thunderbird",
        '<p>{new}</p><div class="moz-cite-prefix">Am 05.05.26 um 08:15 schrieb Lager:<br></div><blockquote type="cite" cite="mid:x@y">{old}</blockquote>',
    ),
    (
        "yahoo",
        '<div class="ydp1"><div>{new}</div></div><div id="ydp2yahoo_quoted_1" class="ydp2yahoo_quoted"><div>Am Dienstag hat Lager Folgendes geschrieben:</div><div>{old}</div></div>',
    ),
    (
        "gmx",
        '<div>{new}<div><div name="quote"><b>Gesendet:</b> Dienstag<br><b>Von:</b> Lager<div name="quoted-content">{old}</div></div></div></div>',
    ),
    (
        "proton",
        '<div>{new}</div><div class="protonmail_quote">Lager schrieb am Dienstag:<br><blockquote class="protonmail_quote" type="cite">{old}</blockquote></div>',
    ),
    (
        "zimbra",
        '<div>{new}</div><hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__"><b>From:</b> Depot</div><div data-marker="__QUOTED_TEXT__">{old}</div>',
    ),
    (
        "spark",
        '<div name="messageBodySection">{new}</div><div name="messageReplySection">On 5 May 2026, Depot wrote:<br><blockquote>{old}</blockquote></div>',
    ),
    (
        "zoho",
        '<div>{new}</div><div class="zmail_extra"><div>---- On Tue, 05 May 2026 Depot wrote ---</div><blockquote>{old}</blockquote></div>',
    ),
    (
        "roundcube",
        '<p>{new}</p><p id="reply-intro">Am 2026-05-05 08:15, schrieb Lager:</p><blockquote type="cite">{old}</blockquote>',
    ),
    (
        "tutanota",
        '<div>{new}<br>5. Mai 2026, 08:15 von l@n.example:<br><blockquote class="tutanota_quote">{old}</blockquote></div>',
    ),
    (
        "plain blockquote",
        "<div>{new}</div><div>On Tue, May 5, 2026 at 8:15 AM Depot &lt;d@n.example&gt; wrote:</div><blockquote>{old}</blockquote>",
    ),
    (
        "labels and a rule",
        "<p>{new}</p><hr><p><b>From:</b> Depot &lt;d@n.example&gt;<br><b>Sent:</b> Tuesday, May 5, 2026 8:15 AM<br><b>To:</b> Ben &lt;b@x.example&gt;<br><b>Subject:</b> Re: Lamps</p>{old}",
    ),
    (
        "rule joined",
        "{new}<hr>From: Depot &lt;d@n.example&gt;<br>Sent: Tuesday, May 5, 2026 8:15 AM<br>To: Ben &lt;b@x.example&gt;<br>Subject: Lamps<br><br>{old}",
    ),
]

TRAPS = [
    "Am 5. Mai um 8 Uhr war ich bei Ihnen.\nNiemand war da.\n\nWas nun?",
    "On May 5 at 8 I came by.\nNobody was there.\n\nWhat now?",
    "Den 5 maj kl. 8 var jag hos er.\nIngen var där.\n\nVad gör vi nu?",
    "Hallo,\n\ngestern schrieb mir Frau Müller aus der Buchhaltung:\nDie Rechnung sei bezahlt.\n\nIst das so?",
    "Hi,\n\nyesterday your colleague wrote to me:\nThe lamps are on the ramp.\n\nIs that right?",
    "Hej,\n\nigår skrev er kollega till mig:\nLamporna står på rampen.\n\nStämmer det?",
    "Bitte umbuchen:\n\nVon: Bremen\nAn: Kiel\nDatum: 05.05.2026\nBetreff: Palette 7\n\nDanke!",
    "Please move it:\n\nFrom: Bremen\nTo: Kiel\nDate: 2026-05-05\nSubject: pallet 7\n\nThanks!",
    "Flytta detta:\n\nFrån: Malmö\nTill: Lund\nDatum: 2026-05-05\n\nTack!",
    "Unsere Wünsche:\n\n----------\nLampe A: 5 Stück\nLampe B: 7 Stück\n----------\n\nGeht das?",
    "We need:\n\n> 500 lumen\n> 3000 kelvin\n\nDo you have that?",
    "Viele Grüße vom Bodensee!\n\nDie Lampen flackern. Was tun?",
    "Best regards from the lake!\n\nThe lamps flicker. What shall I do?",
    "Danke,\n\nkönnen Sie die Rechnung noch einmal schicken?",
    "Thanks,\n\ncould you send the invoice again?",
    "Tack,\n\nkan ni skicka fakturan igen?",
    "Sent from the ramp, where nobody answers: are the lamps there?",
    "Option A -- the cheap one -- is fine.\n\nOption B is not.",
    "Guten Tag,\n\nwir haben zwei Fragen:\n\n1. Wann kommt die Ware?\n2. Wer nimmt sie an?\n\nDanke im Voraus für Ihre Antwort und einen schönen Tag.",
    "Steps:\n* open the crate\n* count the lamps\n--- then call me ---\n* close it",
]
