"""What mail programs write around a quote, in the languages people answer in: data for quoting and signatures."""

from __future__ import annotations

import re


def _listed(text: str) -> list[str]:
    return text.split("|")


# A person "wrote": the verb of an attribution line, all languages in one list.
_VERBS = _listed(
    "wrote|writes|schrieb|schrieben|geschrieben|skrev|skriver|schreef|geschreven|schreven|a écrit|écrit"
    "|a ecrit|escribió|escribio|escribía|ha escrito|ha scritto|scritto|scrive|escreveu|escreveram|va escriure"
    "|ha escrit|napisał(a)|napisała|napisał|pisze|kirjoitti|napsal(a)|napsala|napsal|napísal(a)|napísal|píše"
    "|написал(а)|написала|написал|пишет|писал|пише|написав|написа|írta|a scris|έγραψε|yazdı|yazmış"
    "|şunları yazdı|je napisao/la|je napisao|je napisal|napisao|parašė|rašė|rakstīja|kirjutas|님이 작성|写道|寫道"
    "|đã viết|menulis|skrifaði|scríobh"
)
VERB = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, _VERBS))})(?!\w)", re.IGNORECASE)
VERB_ENDINGS = frozenset(verb.split()[-1] for verb in _VERBS)
# Somebody telling a story ("schrieb mir Ihr Kollege:") is no mail program.
STORY = re.compile(
    r"(?:schrieb|wrote|skrev|écrit|schreef)\s+(?:mir|uns|me|to me|us|mig|till mig|till oss|à moi|mij)\b", re.IGNORECASE
)
# First words of an attribution that may run over several lines.
OPENER = re.compile(
    r"^[>\s*_\"“„«(<]*(?:"
    r"on|am|at|in|den|le|el|il|op|em|a|de|il giorno|el día|w dniu|dnia|dne|dňa|pe|pada|vào|στις|ter|na|på|v|on den"
    r"|tor"
    r"|mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so|mån|tis|ons|tors|fre|lör|sön|man|tir|lør|søn|lun|mar|mer|jeu"
    r"|ven"
    r"|sam|dim|\w{3,12}day|\w+tag|\w+dag|\w+woch|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes"
    r"|miércoles|jueves|viernes|domingo|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica"
    r"|poniedziałek|wtorek|środa|czwartek|piątek|sobota|niedziela|quoting|zitat von|zitiere|citerar|citation de"
    r"|(?:\d{1,4}[./\-年]))(?![a-zà-ÿ])"
    r"|^[>\s*]*\d{1,2}\.?\s+\w{3,10}\.?\s+\d{4}"
    r"|^[>\s*\"“]*[^<>]{1,80}<[^<>\s]+@[^<>\s]+>",
    re.IGNORECASE,
)
QUOTING = re.compile(
    r"^[>\s*]*(?:quoting|zitat von|zitiere|citerar|citation de|citando a)\b.{2,150}:\s*$", re.IGNORECASE
)

_MONTH = (
    r"jan\w*|feb\w*|mar\w*|mär\w*|maart|mai|maj|may|apr\w*|jun\w*|jul\w*|aug\w*|sep\w*|okt\w*|oct\w*|nov\w*|dec\w*"
    r"|dez\w*|des\w*"
    r"|janv\w*|févr\w*|avril|juin|juil\w*|août|déc\w*|ene\w*|abr\w*|ago\w*|dic\w*|gen\w*|giu\w*|lug\w*|set\w*|ott\w*"
    r"|mag\w*"
    r"|stycz\w*|lut\w*|kwie\w*|czerw\w*|lip\w*|sierp\w*|wrze\w*|paźdz\w*|listop\w*|grud\w*"
)
EMAIL = re.compile(r"[^\s<>()\[\]:;,\"]+@[^\s<>()\[\]:;,\"]+\.[^\s<>()\[\]:;,\"]+")
TIME = re.compile(r"(?<!\d)\d{1,2}[:h]\d{2}(?!\d)|(?:klo?\.?|\d{4},?)\s+\d{1,2}\.\d{2}(?![.\d])")
DATE = re.compile(
    rf"(?<!\d)\d{{1,4}}[./\-]\s?\d{{1,2}}[./\-]\s?\d{{1,4}}(?!\d)|\d{{1,2}}\.?\s+(?:de\s+)?(?:{_MONTH})\b"
    rf"|\b(?:{_MONTH})\s+\d{{1,2}}\b|\d{{4}}年\d",
    re.IGNORECASE,
)

# Header blocks of Outlook and others: language -> role -> labels.
_LABELS = {
    "en": (
        "from:From|date:Sent,Date,Sent on|to:To|subject:Subject,Title"
        "|cc:Cc,Bcc|other:Reply-To,Reply to,Importance,Attachments,Organization"
    ),
    "de": (
        "from:Von,Absender|date:Gesendet,Datum,Gesendet am|to:An,Empfänger"
        "|subject:Betreff|cc:Cc,Kopie|other:Priorität,Wichtigkeit,Antwort an,Anlagen"
    ),
    "sv": (
        "from:Från|date:Skickat,Datum,Skickades|to:Till|subject:Ämne,Rubrik"
        "|cc:Kopia,Cc|other:Prioritet,Svar till,Bifogade filer"
    ),
    "fr": (
        "from:De,Expéditeur|date:Envoyé,Date,Envoyé le|to:À,A,Pour"
        "|subject:Objet,Sujet|cc:Cc,Copie à|other:Répondre à,Importance"
    ),
    "da": "from:Fra|date:Sendt,Dato|to:Til|subject:Emne|cc:Cc,Kopi|other:Prioritet,Svar til",
    "no": "from:Fra|date:Sendt,Dato|to:Til|subject:Emne|cc:Kopi,Cc|other:Prioritet",
    "nl": "from:Van|date:Verzonden,Datum,Verstuurd|to:Aan|subject:Onderwerp|cc:CC,Kopie|other:Urgentie",
    "pl": (
        "from:Od,Nadawca|date:Wysłano,Data,Wysłane|to:Do,Adresat|subject:Temat|cc:DW,Do wiadomości,Cc|other:Ważność"
    ),
    "it": "from:Da|date:Inviato,Data,Inviato il|to:A|subject:Oggetto|cc:Cc|other:Priorità",
    "es": ("from:De|date:Enviado,Fecha,Enviado el|to:Para,A|subject:Asunto|cc:CC|other:Importancia,Responder a"),
    "pt": "from:De|date:Enviado,Data,Enviada em,Enviado em|to:Para|subject:Assunto|cc:Cc|other:Responder a",
    "fi": "from:Lähettäjä|date:Lähetetty,Päivämäärä|to:Vastaanottaja|subject:Aihe|cc:Kopio|other:Tärkeys",
    "cs": "from:Od|date:Odesláno,Datum|to:Komu|subject:Předmět|cc:Kopie|other:Důležitost",
    "sk": "from:Od|date:Odoslané,Dátum|to:Komu|subject:Predmet|cc:Kópia|other:Dôležitosť",
    "hu": "from:Feladó|date:Elküldve,Dátum|to:Címzett|subject:Tárgy|cc:Másolat|other:Fontosság",
    "ro": "from:De la|date:Trimis,Data|to:Către|subject:Subiect|cc:Cc|other:Importanță",
    "tr": "from:Kimden,Gönderen|date:Gönderildi,Tarih|to:Kime|subject:Konu|cc:Bilgi|other:Önem",
    "ru": "from:От,От кого|date:Отправлено,Дата|to:Кому|subject:Тема|cc:Копия|other:Важность",
    "uk": "from:Від|date:Надіслано,Дата|to:Кому|subject:Тема|cc:Копія|other:Важливість",
    "el": "from:Από|date:Στάλθηκε,Ημερομηνία|to:Προς|subject:Θέμα|cc:Κοιν|other:Σπουδαιότητα",
    "ca": "from:De|date:Enviat,Data|to:Per a,A|subject:Assumpte|cc:Cc|other:Importància",
    "ja": "from:差出人,送信者|date:送信日時,日時,日付|to:宛先|subject:件名|cc:CC|other:重要度",
    "zh": (
        "from:发件人,寄件者,寄件人|date:发送时间,寄件日期,日期,時間|to:收件人,收件者"
        "|subject:主题,主旨|cc:抄送,副本|other:重要性"
    ),
    "ko": "from:보낸 사람,발신|date:보낸 날짜,날짜|to:받는 사람,수신|subject:제목|cc:참조|other:중요도",
}


def _roles(table: str) -> dict[str, str]:
    pairs = (part.split(":", 1) for part in table.split("|"))
    return {label.casefold(): role for role, labels in pairs for label in labels.split(",")}


LABELS: dict[str, dict[str, str]] = {language: _roles(table) for language, table in _LABELS.items()}
ALL_LABELS: frozenset[str] = frozenset(label for roles in LABELS.values() for label in roles)

ORIGINAL = re.compile(
    r"^[\s>*_]*[-_=–—‐‑]{2,}\s*(?:original[- ]?(?:message|nachricht|meddelande|mail|e-?mail|appointment)"
    r"|originalnachricht"
    r"|ursprüngliche (?:nachricht|e-?mail|mail)|ursprungligt meddelande|originalmeddelande|oprindelig (?:meddelelse"
    r"|besked)"
    r"|opprinnelig melding|message d['’]origine|message original|messaggio originale|mensaje original"
    r"|mensagem original"
    r"|missatge original|oorspronkelijk bericht|oryginalna wiadomość|wiadomość oryginalna"
    r"|treść oryginalnej wiadomości"
    r"|původní (?:zpráva|e-?mail)|pôvodná správa|alkuperäinen viesti|eredeti üzenet|mesaj original|orijinal mesaj"
    r"|исходное сообщение|оригинальное сообщение|reply message|antwort nachricht"
    r"|原始邮件|原始郵件|元のメッセージ|원본 메시지"
    r")\s*[-_=–—‐‑]{2,}[\s*]*$|^[\s>*]*original message processed by\b",
    re.IGNORECASE,
)
FORWARD = re.compile(
    r"^[\s>*_]*(?:[-_=–—‐‑]{2,}\s*)?(?:(?:begin(?:n)?\s+)?forwarded (?:message|mail)|forwarded by .{1,80}"
    r"|begin doorgestuurd bericht"
    r"|doorgestuurd bericht|weitergeleitete (?:nachricht|e-?mail|mail)|anfang der weitergeleiteten (?:nachricht"
    r"|e-?mail|mail)"
    r"|vidarebefordrat (?:meddelande|brev|mail)|vidarebefordrat mejl|början på vidarebefordrat (?:brev|meddelande"
    r"|mejl)"
    r"|début du message (?:réexpédié|transféré)|message (?:transféré|réexpédié)|messaggio inoltrato"
    r"|inizio messaggio inoltrato"
    r"|mensaje reenviado|inicio del mensaje reenviado|mensagem (?:encaminhada|reenviada)"
    r"|início da mensagem reencaminhada"
    r"|videresendt (?:meddelelse|melding|besked)|start på videresendt besked|wiadomość przekazana dalej"
    r"|przekazana wiadomość"
    r"|přeposlaná zpráva|edelleenlähetetty viesti|välitetty viesti|пересылаемое сообщение|переслане повідомлення"
    r"|továbbított üzenet"
    r"|転送メッセージ|转发邮件|轉寄郵件)\s*(?:[-_=–—‐‑]{2,}|:)?[\s*]*$",
    re.IGNORECASE,
)
# Our own line above which people write; whatever the language, it starts and ends like this.
MARKER = re.compile(r"^[\s>*|]*##-\s.{3,200}\s-##[\s*]*$")
RULE = re.compile(r"^[\s>*]*[-_=–—‐‑*~]{5,}[\s*]*$")
# GroupWise: `>>> Name <address> date time >>>`.
ARROWS = re.compile(
    r"^\s*>{2,}\s*[^>]{2,100}<[^<>\s]+@[^<>\s]+>.{4,60}>{2,}\s*$"
    r"|^\s*>{2,}.{2,80}\d{1,2}[:.]\d{2}.{0,10}>{2,}\s*$"
)
DASHED_WORDS = re.compile(r"^[\s>*]*[-_=–—‐‑]{3,}\s*\w[^-_=–—‐‑]{2,60}\s*[-_=–—‐‑]{3,}[\s*]*$")

CLIENT_LINE = re.compile(
    r"^[\s*_(\[]*(?:"
    r"sent (?:from|via|with|by|using) [^,;?!]{2,70}|get (?:outlook|bluemail|the \w+ app) [^,;?!]{2,60}"
    r"|sent from my [\w ]{2,40}, sorry.{0,60}"
    r"|(?:diese nachricht wurde )?von meinem .{2,60} gesendet|gesendet (?:von|mit|vom|über) [^,;?!]{2,60}"
    r"|von .{2,30} (?:auf|für|mail) .{2,30} gesendet|diese nachricht wurde von .{2,60} gesendet"
    r"|holen sie sich outlook .{2,40}|outlook für .{2,20} beziehen"
    r"|(?:skickat|skickades) (?:från|med|via) [^,;?!]{2,60}|hämta outlook .{2,40}|ladda ner outlook .{2,40}"
    r"|envoyé (?:de|depuis|avec|à partir) [^,;?!]{2,60}|(?:télécharger|obtenez) outlook .{2,40}"
    r"|enviado (?:desde|do|a partir|de) [^,;?!]{2,60}|obtener outlook .{2,40}|obter o outlook .{2,40}"
    r"|inviato (?:da|dal|con) [^,;?!]{2,60}|(?:scarica|ottieni) outlook .{2,40}"
    r"|(?:verstuurd|verzonden) (?:vanaf|vanuit|met|via) [^,;?!]{2,60}|(?:outlook .{2,20} downloaden"
    r"|download outlook .{2,40})"
    r"|sendt fra (?:min|mitt|mit|mijn)? ?[^,;?!]{2,60}|(?:hent|få) outlook .{2,40}"
    r"|wysłane? z(?: mojego)? [^,;?!]{2,60}|pobierz (?:program )?outlook .{2,40}|lähetetty [^,;?!]{2,60}"
    r"|odesláno z [^,;?!]{2,60}"
    r"|отправлено (?:с|из) [^,;?!]{2,60}"
    r")[\s*_.)\]]*$",
    re.IGNORECASE,
)
SIGN_OFF = re.compile(
    r"^[\s*_]*(?:(?:many thanks|thanks|thank you|danke|tack|merci|vielen dank|med)\s*(?:and|und|och|et|&|\+)?\s*)?(?:"
    r"(?:kind(?:est)?|best|warm(?:est)?|with (?:kind|best|warm)|with)? ?regards|(?:all the |my )?best wishes"
    r"|all the best|yours (?:sincerely|faithfully|truly)|"
    r"sincerely(?: yours)?|respectfully|cheers|kr|br|rgds|"
    r"(?:mit )?(?:(?:den )?besten|(?:den )?beste|viele|vielen|(?:ganz )?liebe|lieben|freundliche|freundlichen"
    r"|freundlichem|herzliche|herzlichen|schöne|schönen|sonnige) (?:grüße|grüßen|grüsse|grüssen|gruß|gruss|gruessen"
    r"|gruesse)|"
    r"freundliche grüße|gruß|gruss|grüße|grüsse|lg|vg|mfg|mit freundlichem gruß|hochachtungsvoll|bg|"
    r"(?:med |många |varma |bästa )?(?:vänlig|vänliga|bästa|varma|varm|trevliga|soliga)? ?hälsning(?:ar)?|mvh"
    r"|vänligen|hälsn|allt gott|bästa hälsningar|"
    r"(?:med )?(?:venlig|vennlig|kærlig|bedste|beste|mange|de bedste|vennlige|venlige)? ?hilsen(?:er)?|mvh|vh|kh|dbh|"
    r"(?:bien )?cordialement|(?:bien )?sincèrement|bonne journée|salutations(?: distinguées)?|meilleures salutations"
    r"|amicalement|cdlt|bien à vous|"
    r"met (?:vriendelijke|hartelijke) groet(?:en)?|vriendelijke groet(?:en)?|hartelijke groet(?:en)?|groet(?:en"
    r"|jes)?|mvg|"
    r"(?:cordiali|distinti|cari|tanti) saluti|cordialmente|un saluto|saluti|(?:un cordial |un "
    r"|muchos )?saludos?(?: cordiales)?|atentamente|atte|"
    r"z (?:poważaniem|powazaniem|wyrazami szacunku)|pozdrawiam(?: serdecznie)?|pozdrowienia|s pozdravem"
    r"|ystävällisin terveisin|terveisin|"
    r"atenciosamente|(?:com os )?melhores cumprimentos|cumprimentos|abraços?|с уважением|з повагою|üdvözlettel"
    r"|saygılarımla|cu stimă|amb cordialitat|atentament"
    r")[\s*_]*[,.!;–-]*[\s*_]*(?:[A-ZÀ-ÞŁŚŻŹĆ][\w.'’-]{0,20}[,.]?(?:\s+(?:von|van|de|der|af"
    r"|[A-ZÀ-ÞŁŚŻŹĆ][\w.'’-]{0,20})){0,3})?[\s*_]*$",
    re.IGNORECASE,
)
SIGNATURE_DELIMITER = re.compile(r"^[\s*]*(?:--|—|–|––|__|- -)[\s*]*$")
NAME_LINE = re.compile(r"^\s*[-–—/~]\s?[A-ZÀ-Þ][\w.'’-]{1,25}(?:\s[A-ZÀ-Þ][\w.'’-]{0,25}){0,2}\s*$")
POSTSCRIPT = re.compile(r"^[\s*]*(?:p\.?\s?p?\.?\s?s\.?|n\.?b\.?)(?:\s*[:.\-–]|\s)\s*\S", re.IGNORECASE)
LIST_FOOTER = re.compile(
    r"mailing list|mailinglist|mailman|listinfo|list-unsubscribe|unsubscribe|groups\.google|abmelden|avregistrera",
    re.IGNORECASE,
)
BANNER = re.compile(
    r"^[\s*\[]*(?:caution|external(?: e-?mail| sender)?|warning|achtung|vorsicht|externe (?:e-?mail|nachricht)"
    r"|varning|attention)(?:\s*\]|[\]\s]*[:!\-–])"
    r".{0,300}(?:originat|outside|external|extern|unbekannt|utanför|do not click|klicken sie|extérieur)",
    re.IGNORECASE,
)
DISCLAIMER = re.compile(
    r"^[\s*_]*(?:disclaimer|confidentiality notice|haftungsausschluss|vertraulichkeitshinweis|avis de confidentialité"
    r"|this (?:e-?mail|message|communication)\b.{0,80}\b(?:confidential|intended (?:solely|only|for)|privileged)"
    r"|the information (?:contained )?in this (?:e-?mail|message|communication)\b.{0,80}\b(?:confidential|intended"
    r"|privileged)"
    r"|diese (?:e-?mail|nachricht)\b.{0,80}\b(?:vertraulich|ausschließlich|bestimmt)"
    r"|detta (?:e-?post)?meddelande\b.{0,80}\b(?:konfidentiell|avsett))",
    re.IGNORECASE,
)
FORWARD_SUBJECT = re.compile(r"^\s*(?:fwd?|wg|vb|vs|tr|rv|i|doorst|pd|enc|vl)\s*:", re.IGNORECASE)
SUBJECT_PREFIX = re.compile(
    r"^\s*(?:(?:re|aw|sv|vs|antw|odp|ref|rif|res|ynt|fwd?|wg|vb|tr|rv|doorst|pd|enc|vl)(?:\[\d+\])?\s*:\s*)+",
    re.IGNORECASE,
)


def plain_subject(subject: str) -> str:
    """The subject without its Re:, AW:, SV:, Fwd: … prefixes."""
    return SUBJECT_PREFIX.sub("", subject).strip()
