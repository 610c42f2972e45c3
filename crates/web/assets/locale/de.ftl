### Countersign auf Deutsch.

## Jede Seite

skip = Zum Inhalt springen
language = Sprache
username = Benutzername
email = E-Mail
password = Passwort
password-show = Passwort anzeigen
password-hide = Passwort verbergen
signed-in-as = Angemeldet als
continue = Weiter
cancel = Abbrechen
back = Zurück
back-to = Zurück zu { $client }
required = Erforderlich
change = Ändern
manage = Verwalten
review = Ansehen
set-up = Einrichten
or = oder
on = Ein
off = Aus
copied = Kopiert

## Die Anwendung neben dem Formular

party-sign-in = Melden Sie sich an für
party-consent = Bittet um Zugriff
party-return = Zurück zu
party-plain = Sie kamen von

## Anmelden

sign-on-title = Anmelden
sign-on-lead = Verwenden Sie Ihr Konto bei { $brand }.
sign-on-again-title = Bitte bestätigen Sie Ihre Identität
sign-on-again-lead = Geben Sie zum Fortfahren noch einmal Ihr Passwort ein.
sign-on-submit = Anmelden
sign-on-other = Nicht Sie?

## Passwort, das geändert werden muss

new-password-title = Neues Passwort nötig
new-password-lead-must-change = Bevor Sie fortfahren, müssen Sie Ihr Passwort ändern.
new-password-lead-expired = Ihr Passwort ist zu alt. Wählen Sie ein anderes, bevor Sie fortfahren.
new-password-lead-recovery = Wählen Sie ein neues Passwort. Sie werden überall sonst abgemeldet.
new-password-lead-requested = Wählen Sie ein neues Passwort. Sie werden überall sonst abgemeldet.
password-rule-short = Mindestens { $min } Zeichen
password-rule-long = Höchstens { $max } Zeichen
password-rule-username = Nicht der Benutzername
password-rule-common = Keines der häufigsten Passwörter
new-password-submit = Speichern und weiter
password-changed-lead = Ab jetzt gilt Ihr neues Passwort. Sie wurden überall abgemeldet.

## Passwort oder Benutzername vergessen

recover-link = Passwort vergessen?
recover-username-link = Benutzernamen vergessen?
back-to-sign-on = Zurück zur Anmeldung
recover-title = Passwort vergessen?
recover-lead = Nennen Sie uns Ihren Benutzernamen. Gehört er zu einem Konto mit bestätigter E-Mail-Adresse, senden wir einen Code dorthin.
recover-submit = Code senden
recovery-code-title = Sehen Sie in Ihre E-Mails
recovery-code-lead = Wenn { $username } ein Konto mit bestätigter E-Mail-Adresse hat, haben wir einen Code dorthin gesendet. Er gilt fünf Minuten.
recovery-code = Code aus der E-Mail
recover-username-title = Benutzernamen vergessen?
recover-username-lead = Nennen Sie uns Ihre E-Mail-Adresse. Gehört sie zu einem Konto, senden wir den Benutzernamen dorthin.
recover-username-submit = Benutzernamen senden
username-sent-lead = Wenn die Adresse zu einem Konto gehört, ist Ihr Benutzername dorthin unterwegs.

## Registrierung

register-link = Konto anlegen
register-title = Konto anlegen
register-lead = Wir senden einen Code an Ihre E-Mail-Adresse, um sicher zu sein, dass sie Ihnen gehört.
register-confirm = Passwort noch einmal
given-name = Vorname (freiwillig)
family-name = Nachname (freiwillig)
verify-email-lead = Wir haben eine Nachricht an { $email } gesendet. Wenn sie einen Code enthält, geben Sie ihn hier ein. Er gilt fünf Minuten.
registered-title = Ihr Konto ist bereit
registered-lead = Sie können es ab jetzt verwenden.

## Einmalcode

code-title = Code eingeben
code-lead-totp = Öffnen Sie Ihre Authenticator-App und geben Sie den angezeigten Code ein.
code-lead-email = Wir haben einen Code an { $destination } gesendet. Er ist wenige Minuten gültig.
code-lead-sms = Wir haben eine SMS mit einem Code an { $destination } gesendet. Er ist wenige Minuten gültig.
code-lead-voice = Wir rufen { $destination } an und lesen Ihnen einen Code vor. Er ist wenige Minuten gültig.
code-lead-recovery = Geben Sie einen Ihrer aufbewahrten Wiederherstellungscodes ein. Jeder gilt einmal.
code = Einmalcode
code-auto = Nach der letzten Ziffer geht es automatisch weiter.
code-resend = Neuen Code senden
code-recovery = Wiederherstellungscode
trust-browser = Diesem Browser vertrauen: hier { $days ->
    [one] einen Tag lang
   *[other] { $days } Tage lang
} nicht nach einem Code fragen

## Welches Gerät antwortet

device-title = Bestätigen Sie Ihre Identität
device-lead = Wählen Sie, wie Sie bestätigen möchten.
device-other = Anders bestätigen
device-totp = Code aus Ihrer Authenticator-App
device-email = Code per E-Mail an { $target }
device-sms = Code per SMS an { $target }
device-voice = Code per Anruf an { $target }
device-webauthn = Passkey oder Sicherheitsschlüssel
device-push = Auf Ihrem Telefon freigeben
device-face = Ihr Gesicht
device-recovery = Einer Ihrer Wiederherstellungscodes

## Passkeys

passkey-use = Passkey verwenden
passkey-waiting = Folgen Sie den Anweisungen Ihres Browsers.
passkey-failed = Das hat nicht geklappt. Versuchen Sie es noch einmal, oder machen Sie anders weiter.
passkey-unsupported = Dieser Browser kann hier keine Passkeys verwenden. Bitte machen Sie anders weiter.
passkey-no-script = Passkeys und Sicherheitsschlüssel brauchen Skripte, und die sind in diesem Browser abgeschaltet. Schalten Sie sie ein, oder machen Sie anders weiter.
assertion-title = Mit Ihrem Passkey bestätigen
assertion-lead = Verwenden Sie Fingerabdruck, Gesicht, Displaysperre oder Sicherheitsschlüssel.

## Auf dem Telefon

push-title = Auf Ihrem Telefon freigeben
push-lead = Wir haben Ihre Freigabe-App gefragt.
push-number = Geben Sie dort diese Zahl ein
push-waiting = Wir warten auf Ihre Antwort …
push-continue = Ich habe geantwortet
push-again = Noch einmal fragen
push-rejected = Es wurde nicht freigegeben. War das ein Versehen, können Sie noch einmal fragen.
push-timed-out = Es kam rechtzeitig keine Antwort. Sie können noch einmal fragen.

## Das Gesicht

face-title = In die Kamera schauen
face-lead = Wir erkennen Sie an Ihrem Gesicht, zusammen mit diesem Browser.
face-enrol-lead = Wir sehen uns Ihr Gesicht an, damit Sie sich damit in diesem Browser bestätigen können.
face-start = Starten
face-again = Noch einmal versuchen
face-connecting = Einen Moment …
face-unsupported = Dieser Browser kann das hier nicht: Es braucht eine Kamera und eine sichere Verbindung. Bitte fahren Sie anders fort.
face-no-script = Dafür sind Skripte nötig, die in diesem Browser ausgeschaltet sind. Schalten Sie sie ein, oder fahren Sie anders fort.
face-no-camera = Es gibt keine Kamera, die wir verwenden dürfen. Erlauben Sie es dieser Seite und versuchen Sie es noch einmal, oder fahren Sie anders fort.
face-unknown = Ihr Gesicht ist in diesem Browser nicht eingerichtet. Bitte fahren Sie anders fort.
face-known = Ihr Gesicht ist in diesem Browser bereits eingerichtet.
face-failed = Wir konnten Sie nicht erkennen.
face-locked = Es gab zu viele Versuche. Bitte versuchen Sie es später noch einmal.
face-busy = Wir können Ihr Gesicht gerade nicht ansehen. Bitte versuchen Sie es noch einmal, oder fahren Sie anders fort.
face-over = Das hat nicht geklappt. Bitte versuchen Sie es noch einmal.
face-once-more = Bitte noch einmal.
face-done = Danke.
face-center = Schauen Sie geradeaus.
face-left = Drehen Sie den Kopf nach links.
face-right = Drehen Sie den Kopf nach rechts.
face-hold-still = Bitte stillhalten.
face-slower = Bitte langsamer.
face-no-face = Zeigen Sie Ihr Gesicht im Oval.
face-several-faces = Bitte nur ein Gesicht.
face-move-closer = Kommen Sie näher.
face-move-back = Gehen Sie etwas zurück.
face-move-to-center = Rücken Sie in die Mitte.
face-too-dark = Es ist zu dunkel.
face-too-bright = Es ist zu hell.
face-blurred = Das Bild ist unscharf.
face-agree = Ich stimme zu
face-approve = Freigeben
face-rejected = Wir konnten Sie nicht erkennen. Sie können es noch einmal versuchen.
face-timed-out = Es hat zu lange gedauert. Sie können es noch einmal versuchen.

## Zustimmung

consent-title = Darf { $client } Ihr Konto verwenden?
consent-details-title = { $client } bittet um Ihre Zustimmung
consent-details = Sie stimmen Folgendem zu
consent-everything = Alles, was in der Anfrage steht
consent-scopes = { $client } möchte
consent-allow = Zulassen
consent-deny = Nicht zulassen
consent-approve = Zustimmen
consent-reject = Nicht zustimmen
consent-remembered = Wir merken uns Ihre Entscheidung für { $client }. Sie können sie jederzeit in Ihrem Konto widerrufen.
consent-once = Diese Entscheidung gilt einmal. { $client } fragt Sie beim nächsten Mal erneut.

# Was die Standard-Scopes erlauben. Sie folgen auf „möchte“.
scope-openid = bestätigen lassen, wer Sie sind
scope-profile = Ihren Namen und Ihr Profil sehen
scope-email = Ihre E-Mail-Adresse sehen
scope-address = Ihre Postanschrift sehen
scope-phone = Ihre Telefonnummer sehen
scope-offline_access = auch in Ihrer Abwesenheit zugreifen
# Der Standardzugriff, wo der Administrator keine Worte dafür hat.
default-scope = Grundzugriff auf Ihr Konto erhalten
# Ein dynamischer Scope: seine Worte, und worum es geht.
scope-with-value = { $scope }: { $value }

## Abmelden

sign-out-title = Abmelden?
sign-out-lead = Sie werden in diesem Browser von { $brand } abgemeldet.
sign-out-lead-client = { $client } möchte Sie abmelden. Sie werden in diesem Browser von { $brand } abgemeldet.
sign-out-submit = Abmelden
sign-out-stay = Angemeldet bleiben
signed-out-title = Sie sind abgemeldet
signed-out-lead = Ihre Sitzung bei { $brand } in diesem Browser ist beendet.
signed-out-note = Nutzen andere diesen Computer? Schließen Sie auch das Browserfenster.

## Auf dem Weg zurück zur Anwendung

form-post-title = Einen Moment bitte
form-post-lead = Wenn nichts geschieht, wählen Sie „{ $button }“.

## Fehlerseite

error-details = Angaben für den Support
error-detail = Was passiert ist
error-reference = Referenz

error-request-title = Dieser Link funktioniert nicht
error-request-message = Die Anwendung hat eine Anfrage gesendet, die wir nicht annehmen können. Bitte gehen Sie zurück und versuchen Sie es erneut. Bleibt der Fehler bestehen, wenden Sie sich an den Betreiber der Anwendung.
error-client-title = Wir kennen diese Anwendung nicht
error-client-message = Die Anwendung, die Sie hierher geleitet hat, ist bei uns nicht registriert oder wurde abgeschaltet.
error-redirect-title = Wir haben zu Ihrer Sicherheit angehalten
error-redirect-message = Die Anwendung wollte Sie an eine Adresse leiten, die sie nicht registriert hat. Wir haben nichts übermittelt.
error-expired-title = Diese Seite ist abgelaufen
error-expired-message = Zu Ihrer Sicherheit bleiben Anmeldeseiten nur kurze Zeit geöffnet. Bitte kehren Sie zur Anwendung zurück und beginnen Sie von vorn.
error-used-title = Dieser Schritt ist bereits erledigt
error-used-message = Diese Anmeldung ist bereits abgeschlossen. Bitte kehren Sie zur Anwendung zurück.
error-browser-title = Wir erkennen diesen Browser nicht
error-browser-message = Die Anmeldung wurde in einem anderen Browser begonnen, oder Cookies sind blockiert. Bitte lassen Sie Cookies zu und beginnen Sie in der Anwendung von vorn.
error-csrf-title = Bitte versuchen Sie es noch einmal
error-csrf-message = Wir konnten nicht bestätigen, dass die Anfrage von dieser Seite kam. Gehen Sie zurück, laden Sie die Seite neu und versuchen Sie es erneut.
error-denied-title = Sie haben keinen Zugriff
error-denied-message = Ihr Konto darf diese Anwendung nicht verwenden. Wenn Sie das für einen Irrtum halten, wenden Sie sich an den Betreiber.
error-sign-out-title = Wir konnten Sie nicht abmelden
error-sign-out-message = Die Anfrage zum Abmelden war ungültig. Schließen Sie zur Sicherheit Ihren Browser.
error-not-found-title = Hier gibt es nichts
error-not-found-message = Vielleicht enthält die Adresse einen Tippfehler, oder die Seite ist umgezogen.
error-method-title = So lässt sich diese Seite nicht öffnen
error-method-message = Die Anfrage war von einer Art, die diese Seite nicht annimmt. Bitte gehen Sie zurück und versuchen Sie es erneut.
error-too-large-title = Das war zu viel
error-too-large-message = Es wurde mehr gesendet, als diese Seite annehmen kann. Bitte gehen Sie zurück und versuchen Sie es mit weniger.
error-busy-title = Zu viele Anfragen
error-busy-message = Wir haben zu viele Anfragen von Ihnen erhalten. Bitte warten Sie einen Moment und versuchen Sie es erneut.
error-server-title = Etwas ist schiefgegangen
error-server-message = Das Problem liegt bei uns, und wir haben es vermerkt. Bitte versuchen Sie es gleich noch einmal.
error-unavailable-title = Wir sind gleich wieder da
error-unavailable-message = Der Dienst ist vorübergehend nicht erreichbar. Bitte versuchen Sie es in einigen Minuten erneut.

## Fehler an einem Formular

error-credentials = Benutzername oder Passwort stimmt nicht. Bitte prüfen Sie beides und versuchen Sie es erneut.
error-locked = Zu viele Versuche. Bitte warten Sie einige Minuten, bevor Sie es erneut versuchen.
error-code = Dieser Code stimmt nicht. Prüfen Sie den neuesten Code und versuchen Sie es erneut.
error-code-expired = Dieser Code ist abgelaufen. Bitte geben Sie den neuesten ein.
error-code-used = Dieser Code wurde bereits verwendet. Warten Sie auf den nächsten.
error-too-many-codes = Zu viele falsche Codes. Bitte warten Sie einige Minuten, bevor Sie es erneut versuchen.
error-code-not-sent = Wir konnten den Code nicht senden. Bitte versuchen Sie es gleich noch einmal.
error-assertion = Mit diesem Passkey ließ es sich nicht bestätigen. Versuchen Sie es noch einmal, oder bestätigen Sie anders.
error-code-too-soon = Wir haben gerade erst einen Code gesendet. Bitte warten Sie eine halbe Minute.
error-code-too-many-sent = Mehr Codes dürfen wir im Moment nicht senden. Bestätigen Sie anders, oder versuchen Sie es später noch einmal.
error-field-missing = Bitte füllen Sie alle Felder aus.
error-scope-required = Bitte wählen Sie aus, was Sie zulassen, oder wählen Sie „Nicht zulassen“.
error-password-current = Ihr aktuelles Passwort stimmt nicht.
error-password-mismatch = Die beiden neuen Passwörter stimmen nicht überein.
error-password-short = Ihr neues Passwort braucht mindestens { $min } Zeichen.
error-password-long = Ihr neues Passwort darf höchstens { $max } Zeichen haben.
error-password-same = Ihr neues Passwort muss sich vom aktuellen unterscheiden.
error-password-common = Dieses Passwort ist zu leicht zu erraten. Bitte wählen Sie ein anderes.
error-password-policy = Dieses Passwort entspricht nicht den Regeln. Bitte wählen Sie ein anderes.
error-name-taken = Dieser Benutzername ist vergeben. Bitte wählen Sie einen anderen.
error-name-refused = Dieser Name geht nicht. Bitte wählen Sie einen anderen.
error-address-refused = Das ist keine E-Mail-Adresse.
error-confirm-needed = Bitte bestätigen Sie, dass Sie es sind: mit Ihrem Passwort oder durch erneutes Anmelden.
error-method-known = Das haben Sie schon hinzugefügt.
error-recovery-alone = Fügen Sie zuerst eine andere Methode hinzu: Wiederherstellungscodes treten an deren Stelle.
error-method-full = Mehr Methoden können Sie nicht haben. Entfernen Sie eine, um eine andere hinzuzufügen.
error-method-name = Ein Name hat 1 bis 64 Zeichen, die alle sichtbar sind.
error-method-target = Dorthin können wir keine Codes senden. Bitte prüfen Sie die Angabe.
error-method-passkey = Dieser Passkey wurde nicht angenommen. Bitte versuchen Sie es noch einmal.
error-method-last = Diese brauchen Sie zum Anmelden. Fügen Sie erst eine andere hinzu.
error-device-needed = Damit haben Sie sich eben bestätigt, oder Sie brauchen es zum Anmelden: Es bleibt.
error-session-gone = Dieses Gerät ist bereits abgemeldet.
error-browser-gone = Diesem Browser wird nicht mehr vertraut.
error-grant-gone = Diese Anwendung hat keinen Zugriff mehr.
error-form-stale = Diese Seite war zu lange geöffnet. Bitte versuchen Sie es erneut.
failure-denied = Die Anmeldung wurde abgebrochen oder nicht erlaubt.
failure-interaction = Sie müssen sich erneut anmelden. Bitte gehen Sie zur Anwendung zurück und beginnen Sie von vorn.

## Was erledigt wurde

flash-password-changed = Ihr Passwort wurde geändert.
flash-method-added = Ihre neue Methode ist bereit.
flash-method-renamed = Der neue Name ist gespeichert.
flash-method-default = Wir fragen ab jetzt zuerst danach.
flash-method-removed = Die Methode wurde entfernt.
flash-code-sent = Wir haben einen neuen Code gesendet.
flash-session-revoked = Das Gerät wurde abgemeldet.
flash-browser-forgotten = Diesem Browser wird nicht mehr vertraut.
flash-sessions-revoked = { $count ->
    [0] Es waren keine anderen Geräte angemeldet.
    [one] Ein anderes Gerät wurde abgemeldet.
   *[other] { $count } andere Geräte wurden abgemeldet.
}
flash-grant-revoked = { $client } hat keinen Zugriff mehr auf Ihr Konto.

## Konto

account-nav = Konto
account-overview = Übersicht
account-password = Passwort
account-devices = Anmeldemethoden
account-sessions = Geräte
account-grants = Anwendungen

overview-title = Ihr Konto
overview-hello = Guten Tag, { $name }
overview-lead = Alles rund um Ihre Anmeldung an einem Ort.
overview-security = Anmeldung und Sicherheit
overview-devices-on = { $count ->
    [one] Sie bestätigen sich auf eine weitere Art.
   *[other] Sie können sich auf { $count } weitere Arten bestätigen.
}
overview-devices-off = Ein zweiter Schritt macht die Anmeldung sicherer.
overview-sessions = Wo Sie gerade angemeldet sind.
overview-grants = Was Ihr Konto verwenden darf.

password-title = Passwort ändern
password-lead = Wählen Sie eines, das Sie sonst nirgends verwenden.
password-changed = Zuletzt geändert am { $when }
password-never-changed = Noch nie geändert
password-current = Aktuelles Passwort
password-new = Neues Passwort
password-confirm = Neues Passwort wiederholen
password-hint = Mindestens { $min } Zeichen. Einige Wörter ohne Zusammenhang sind sicher und leicht zu merken.
password-note = Wenn Sie Ihr Passwort ändern, werden Sie auf allen anderen Geräten abgemeldet.
password-submit = Passwort ändern

totp-scan-title = Code scannen
totp-scan-text = Öffnen Sie Ihre Authenticator-App, fügen Sie ein Konto hinzu und richten Sie die Kamera hierher.
totp-qr-label = QR-Code mit Ihrem Einrichtungsschlüssel
totp-open = In einer App auf diesem Gerät öffnen
totp-secret = Oder geben Sie diesen Schlüssel ein:
totp-copy = Schlüssel kopieren
totp-confirm-title = Funktion bestätigen
totp-code-hint = Die sechs Ziffern, die Ihre App gerade anzeigt.
totp-submit = Einschalten

## Womit man bestätigt, wer man ist. Jede Art: ihr Name, und wozu sie gut ist.

methods-title = Anmeldemethoden
methods-lead = Womit Sie außer dem Passwort bestätigen, dass Sie es sind.
methods-yours = Ihre Methoden
methods-add = Methode hinzufügen
methods-empty-title = Noch nichts eingerichtet
methods-empty-text = Fügen Sie unten eine Methode hinzu, dann fragen wir beim Anmelden danach.
method-passkey = Passkey
method-hint-passkey = Anmelden mit Fingerabdruck, Gesicht oder Bildschirmsperre, ohne Passwort.
method-lead-passkey = Ihr Browser fragt nach Fingerabdruck, Gesicht oder Bildschirmsperre und bewahrt den Passkey für Sie auf.
method-security-key = Sicherheitsschlüssel
method-hint-security-key = Ein kleiner Schlüssel zum Einstecken oder ans Telefon Halten.
method-lead-security-key = Halten Sie Ihren Schlüssel bereit. Ihr Browser sagt, wann Sie ihn einstecken und berühren.
method-totp = Authenticator-App
method-hint-totp = Ein Code aus einer App auf Ihrem Telefon.
method-email = Codes per E-Mail
method-hint-email = Wir senden einen Code an Ihr Postfach.
method-sms = Codes per SMS
method-hint-sms = Wir senden einen Code an Ihr Telefon.
method-voice = Codes per Anruf
method-hint-voice = Wir rufen Sie an und lesen einen Code vor.
method-face = Gesicht
method-hint-face = Ihre Kamera erkennt Sie, in diesem Browser.
method-recovery = Wiederherstellungscodes
method-hint-recovery = Codes auf Papier, falls Sie nichts anderes zur Hand haben.
method-authenticator = Freigabe-App
method-hint-authenticator = Ihr Telefon oder ein anderer Browser fragt Sie, und Sie geben dort frei.
method-unfinished = Sie wurde nicht verbunden. Was Ihnen gezeigt wurde, wird nicht noch einmal gezeigt: Fügen Sie sie neu hinzu.
method-default = Zuerst gefragt
method-pending = Nicht fertig
method-added = Hinzugefügt am { $when }
method-used = Zuletzt benutzt am { $when }
method-unused = Noch nicht benutzt
method-left = { $count ->
    [one] Noch ein Code
   *[other] Noch { $count } Codes
}
method-name = Name
method-name-hint = Damit Sie es wiedererkennen. Sie können das Feld leer lassen.
method-number = Telefonnummer
method-number-hint = Mit Ländervorwahl, etwa +49 30 1234567.
method-create = Weiter
method-cancel = Nicht hinzufügen
method-passkey-failed = Das hat nicht geklappt, oder dieses Gerät hat schon einen Passkey für Sie. Versuchen Sie es noch einmal.
method-rename = Name speichern
method-prefer-text = Beim Anmelden zuerst danach fragen.
method-prefer = Zuerst fragen
method-remove-title = Entfernen
method-remove-text = Sie können sich damit dann nicht mehr bestätigen.
method-remove = Entfernen
confirm-fresh = Sie haben sich gerade angemeldet, mehr ist nicht zu bestätigen.
confirm-sign-on = Zur Bestätigung noch einmal anmelden
recovery-new = Sie bekommen zehn Codes. Jeder gilt einmal, anstelle Ihrer anderen Methoden.
recovery-replace = Sie bekommen zehn neue Codes. Die bisherigen gelten dann nicht mehr.
recovery-submit = Neue Codes erzeugen
recovery-shown-title = Ihre Wiederherstellungscodes
recovery-shown-lead = Drucken oder notieren Sie sie jetzt: Wir können sie nicht noch einmal zeigen. Jeder gilt einmal.
recovery-done = Ich habe sie aufbewahrt
recovery-copy = Kopieren
recovery-print = Drucken

sessions-title = Ihre Geräte
sessions-lead = Diese Browser sind bei Ihrem Konto angemeldet. Melden Sie alle ab, die Sie nicht kennen.
sessions-current = Dieses Gerät
sessions-seen = Zuletzt aktiv am { $when }
sessions-created = Angemeldet am { $when }
sessions-revoke = Abmelden
sessions-revoke-label = { $device } abmelden
sessions-revoke-others = Überall sonst abmelden
sessions-only-this = Sie sind nur auf diesem Gerät angemeldet.
sessions-empty-title = Keine aktiven Geräte
sessions-empty-text = Wenn Sie sich anmelden, erscheint das Gerät hier.
trusted-title = Vertraute Browser
trusted-lead = In diesen Browsern genügt meist Ihr Passwort. Entziehen Sie jedem das Vertrauen, den Sie nicht kennen.
trusted-until = Vertraut bis { $when }
trusted-since = Vertraut seit { $when }
trusted-forget = Nicht mehr vertrauen
trusted-forget-label = { $device } nicht mehr vertrauen

grants-title = Anwendungen
grants-lead = Diese Anwendungen dürfen Ihr Konto so verwenden, wie Sie es zugelassen haben.
grants-created = Zugelassen am { $when }
grants-used = Zuletzt verwendet am { $when }
grants-revoke = Zugriff entziehen
grants-revoke-label = { $client } den Zugriff entziehen
grants-empty-title = Noch keine Anwendungen
grants-empty-text = Wenn Sie einer Anwendung Zugriff auf Ihr Konto geben, erscheint sie hier.

## Datum. $day und $month sind Zahlen, $year ist Text, $time ist Text wie 14:05, immer in UTC.

date-month = { $month ->
    [1] Januar
    [2] Februar
    [3] März
    [4] April
    [5] Mai
    [6] Juni
    [7] Juli
    [8] August
    [9] September
    [10] Oktober
    [11] November
   *[12] Dezember
}
date-time = { $day }. { $name } { $year } um { $time } Uhr (UTC)

device-code-title = Gerät verbinden
device-code-lead = Geben Sie den Code ein, den Ihr Gerät anzeigt.
device-code = Code
device-confirm-title = Ist das Ihr Gerät?
device-confirm-lead = { $client } auf einem Gerät bittet um Zugriff. Prüfen Sie, ob das Gerät vor Ihnen diesen Code anzeigt.
device-confirm-note = Hat Ihnen jemand einen Link zu dieser Seite geschickt? Dann ist es dessen Gerät: Fahren Sie nicht fort.
device-confirm = Ja, das ist mein Gerät
device-refuse = Nein, ablehnen
device-allowed-title = Ihr Gerät ist verbunden
device-allowed-lead = Sie können zu ihm zurückkehren und diese Seite schließen.
device-denied-title = Es wurde nichts verbunden
device-denied-lead = Das Gerät erhält keinen Zugriff. Sie können diese Seite schließen.
error-device-code = Kein Gerät wartet mit diesem Code. Bitte prüfen Sie ihn und versuchen Sie es noch einmal.

## Der Authenticator

pair-title = Verbinden Sie Ihr Telefon
pair-lead = Sie haben { $minutes } Minuten Zeit.
pair-text = Scannen Sie das mit der Kamera Ihres Telefons und öffnen Sie den Link. Tippen Sie dann auf „Verbinden“.
pair-qr-label = QR-Code mit dem Link
pair-here = Dieses Gerät verwenden
pair-key = Oder geben Sie das ein, wo die App danach fragt:
pair-copy = Kopieren
pair-waiting = Wir warten auf Ihr Telefon …
authenticator-title = Authenticator
authenticator-lead = Geben Sie hier Anmeldungen und Zahlungen frei.
authenticator-unsupported = Dieser Browser kann hier keinen Schlüssel sicher aufbewahren. Verwenden Sie einen aktuellen Browser über eine sichere Verbindung und kein privates Fenster.
authenticator-ready = Dieses Gerät verbinden?
authenticator-paired = Dieses Gerät ist verbunden.
authenticator-not-paired = Dieser Link gilt nicht. Er ist verbraucht oder zu alt: Beginnen Sie auf Ihrer Kontoseite neu.
authenticator-approved = Freigegeben.
authenticator-denied = Abgelehnt. Haben Sie das nicht begonnen, kennt vielleicht jemand Ihr Passwort: Ändern Sie es.
authenticator-over = Das kann nicht mehr beantwortet werden.
authenticator-wrong-number = Das ist eine andere Zahl. Sehen Sie noch einmal nach.
authenticator-wrong-numbers = Zu viele falsche Zahlen. Beginnen Sie dort neu, wo Sie herkamen.
authenticator-unreachable = Wir waren nicht zu erreichen. Versuchen Sie es noch einmal.
authenticator-changed = Was gezeigt wird, ist nicht, was unterschrieben würde. Geben Sie es nicht frei.
authenticator-lost = Nicht mehr verbunden
authenticator-removing = Dieses Konto von diesem Gerät entfernen? Entfernen Sie das Gerät auch bei Ihren Anmeldemethoden.
authenticator-notified = Sie werden benachrichtigt.
authenticator-not-notified = Ihr Browser erlaubt hier keine Benachrichtigungen. Lassen Sie diese Seite offen, um gefragt zu werden.
authenticator-nothing = Nichts freizugeben. Lassen Sie diese Seite offen.
authenticator-notify = Benachrichtigen, wenn sie zu ist
authenticator-accounts = Konten
authenticator-add = Ein Konto verbinden
authenticator-link = Link oder Schlüssel
authenticator-link-hint = Von Ihrer Kontoseite, unter Anmeldemethoden.
authenticator-connect = Verbinden
authenticator-application = Anwendung
authenticator-account = Konto
authenticator-place = Von
authenticator-time = Um
authenticator-number = Zahl auf dem anderen Bildschirm
authenticator-approve = Freigeben
authenticator-deny = Ablehnen
authenticator-remove = Entfernen

## Unterwegs einen zweiten Schritt einrichten

set-up-title = Zweiten Schritt einrichten
set-up-lead-required = Um fortzufahren, brauchen Sie neben dem Passwort einen zweiten Schritt. Wählen Sie, was Ihnen passt: Weitere können Sie später hinzufügen.
set-up-lead-offered = Ein zweiter Schritt schützt Ihr Konto auch dann, wenn jemand Ihr Passwort erfährt. Das Einrichten dauert eine Minute.
set-up-skip = Jetzt nicht
set-up-other = Etwas anderes wählen
set-up-paired = Ihr Telefon ist verbunden.
set-up-done-title = Ihr zweiter Schritt ist bereit
set-up-done-lead = Wir fragen danach, wenn Sie sich anmelden.
manage-devices-ask = Meine Geräte ändern
manage-devices-next = Sobald Sie sich bestätigt haben, können Sie Ihre Geräte ändern.
manage-devices-title = Ihre Wege, sich zu bestätigen
manage-devices-lead = Wählen Sie, wonach wir zuerst fragen, oder entfernen Sie, was Sie nicht mehr benutzen.
manage-devices-first = Zuerst fragen

## Passwort, das bald zu alt ist

password-expires-title = Ihr Passwort läuft bald ab
password-expires-lead = { $days ->
    [one] Es gilt noch einen Tag. Ändern Sie es jetzt oder später.
   *[other] Es gilt noch { $days } Tage. Ändern Sie es jetzt oder später.
}
password-expires-in = { $days ->
    [one] in einem Tag
   *[other] in { $days } Tagen
}
password-expires-change = Jetzt ändern
password-expires-later = Später
