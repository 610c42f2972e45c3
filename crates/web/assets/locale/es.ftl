### Countersign en español.

## Todas las páginas

skip = Ir al contenido
language = Idioma
username = Nombre de usuario
email = Correo electrónico
password = Contraseña
password-show = Mostrar la contraseña
password-hide = Ocultar la contraseña
signed-in-as = Sesión iniciada como
continue = Continuar
cancel = Cancelar
back = Volver
back-to = Volver a { $client }
required = Obligatorio
change = Cambiar
manage = Gestionar
review = Revisar
set-up = Configurar
or = o
on = Activada
off = Desactivada
copied = Copiada

## La aplicación junto al formulario

party-sign-in = Inicie sesión para continuar en
party-consent = Solicita acceso
party-return = De vuelta a
party-plain = Estaba usando

## Inicio de sesión

sign-on-title = Iniciar sesión
sign-on-lead = Use su cuenta de { $brand }.
sign-on-again-title = Confirme que es usted
sign-on-again-lead = Introduzca de nuevo su contraseña para continuar.
sign-on-submit = Iniciar sesión
sign-on-other = ¿No es usted?

## Contraseña que debe cambiarse

new-password-title = Contraseña nueva necesaria
new-password-lead-must-change = Debe cambiar su contraseña antes de continuar.
new-password-lead-expired = Su contraseña es demasiado antigua. Elija otra antes de continuar.
new-password-lead-recovery = Elija una contraseña nueva. Se cerrará su sesión en todos los demás sitios.
new-password-lead-requested = Elija una contraseña nueva. Se cerrará su sesión en todos los demás sitios.
password-rule-short = Al menos { $min } caracteres
password-rule-long = Como máximo { $max } caracteres
password-rule-username = Distinta del nombre de usuario
password-rule-common = No es una de las contraseñas más comunes
new-password-submit = Guardar y continuar
password-changed-lead = Su nueva contraseña es válida desde ahora. Se ha cerrado su sesión en todas partes.

## Contraseña o nombre de usuario olvidados

recover-link = ¿Ha olvidado su contraseña?
recover-username-link = ¿Ha olvidado su nombre de usuario?
back-to-sign-on = Volver al inicio de sesión
recover-title = ¿Ha olvidado su contraseña?
recover-lead = Indíquenos su nombre de usuario. Si corresponde a una cuenta con correo confirmado, enviaremos allí un código.
recover-submit = Enviar el código
recovery-code-title = Revise su correo
recovery-code-lead = Si { $username } tiene una cuenta con correo confirmado, hemos enviado allí un código. Es válido durante cinco minutos.
recovery-code = Código del correo
recover-username-title = ¿Ha olvidado su nombre de usuario?
recover-username-lead = Indíquenos su dirección de correo. Si corresponde a una cuenta, enviaremos allí el nombre de usuario.
recover-username-submit = Enviar el nombre de usuario
username-sent-lead = Si la dirección corresponde a una cuenta, su nombre de usuario va de camino.

## Registro

register-link = Crear una cuenta
register-title = Crear una cuenta
register-lead = Enviaremos un código a su correo electrónico para asegurarnos de que es suyo.
register-confirm = Contraseña otra vez
given-name = Nombre (opcional)
family-name = Apellidos (opcional)
verify-email-lead = Hemos enviado un mensaje a { $email }. Si contiene un código, introdúzcalo aquí. Es válido durante cinco minutos.
registered-title = Su cuenta está lista
registered-lead = Puede usarla desde ahora.

## Código de un solo uso

code-title = Introduzca su código
code-lead-totp = Abra su aplicación de autenticación e introduzca el código que muestra.
code-lead-email = Hemos enviado un código a { $destination }. Es válido durante unos minutos.
code-lead-sms = Hemos enviado un SMS con un código al { $destination }. Es válido durante unos minutos.
code-lead-voice = Estamos llamando al { $destination } para leerle un código. Es válido durante unos minutos.
code-lead-recovery = Introduzca uno de los códigos de recuperación que conserva. Cada uno sirve una vez.
code = Código de un solo uso
code-auto = Continuaremos en cuanto escriba el último dígito.
code-resend = Enviar un código nuevo
code-recovery = Código de recuperación
trust-browser = Confiar en este navegador: no pedir aquí un código durante { $days ->
    [one] un día
   *[other] { $days } días
}

## Qué dispositivo responde

device-title = Confirme su identidad
device-lead = Elija cómo quiere confirmarla.
device-other = Confirmar de otra manera
device-totp = Código de su aplicación de autenticación
device-email = Código por correo a { $target }
device-sms = Código por SMS al { $target }
device-voice = Código por llamada al { $target }
device-webauthn = Llave de acceso o llave de seguridad
device-push = Aprobar en su teléfono
device-face = Su rostro
device-recovery = Uno de sus códigos de recuperación

## Llaves de acceso

passkey-use = Usar una llave de acceso
passkey-waiting = Siga las instrucciones de su navegador.
passkey-failed = No ha funcionado. Inténtelo de nuevo o continúe de otra manera.
passkey-unsupported = Este navegador no puede usar llaves de acceso aquí. Continúe de otra manera.
passkey-no-script = Las llaves de acceso y de seguridad necesitan scripts, que están desactivados en este navegador. Actívelos o continúe de otra manera.
assertion-title = Confirme con su llave de acceso
assertion-lead = Use su huella, su cara, el bloqueo de pantalla o una llave de seguridad.

## En el teléfono

push-title = Apruébelo en su teléfono
push-lead = Hemos preguntado a su aplicación de aprobación.
push-number = Escriba allí este número
push-waiting = Esperando su respuesta…
push-continue = Ya he respondido
push-again = Preguntar otra vez
push-rejected = No se aprobó. Si fue un error, puede preguntar otra vez.
push-timed-out = No hubo respuesta a tiempo. Puede preguntar otra vez.

## El rostro

face-title = Mire a la cámara
face-lead = Le reconocemos por su rostro, junto con este navegador.
face-enrol-lead = Miramos su rostro para que pueda confirmar con él en este navegador.
face-start = Empezar
face-again = Volver a intentarlo
face-connecting = Un momento…
face-unsupported = Este navegador no puede hacerlo aquí: hacen falta una cámara y una conexión segura. Continúe de otra forma.
face-no-script = Esto necesita scripts, que están desactivados en este navegador. Actívelos o continúe de otra forma.
face-no-camera = No hay ninguna cámara que podamos usar. Permita que esta página la use y vuelva a intentarlo, o continúe de otra forma.
face-unknown = Su rostro no está configurado en este navegador. Continúe de otra forma.
face-known = Su rostro ya está configurado en este navegador.
face-failed = No hemos podido reconocerle.
face-locked = Ha habido demasiados intentos. Vuelva a intentarlo más tarde.
face-busy = Ahora no podemos mirar su rostro. Vuelva a intentarlo o continúe de otra forma.
face-over = No ha funcionado. Vuelva a intentarlo.
face-once-more = Una vez más, por favor.
face-done = Gracias.
face-center = Mire de frente.
face-left = Gire la cabeza hacia su izquierda.
face-right = Gire la cabeza hacia su derecha.
face-hold-still = No se mueva.
face-slower = Más despacio.
face-no-face = Muestre su rostro en el óvalo.
face-several-faces = Solo un rostro, por favor.
face-move-closer = Acérquese.
face-move-back = Aléjese un poco.
face-move-to-center = Colóquese en el centro.
face-too-dark = Está demasiado oscuro.
face-too-bright = Hay demasiada luz.
face-blurred = La imagen está borrosa.
face-agree = Acepto
face-approve = Aprobar
face-rejected = No hemos podido reconocerle. Puede volver a intentarlo.
face-timed-out = Ha tardado demasiado. Puede volver a intentarlo.

## Consentimiento

consent-title = ¿Permitir que { $client } use su cuenta?
consent-details-title = { $client } pide su aprobación
consent-details = Usted aprueba
consent-everything = Todo lo que contiene la solicitud
consent-scopes = { $client } quiere
consent-allow = Permitir
consent-deny = No permitir
consent-approve = Aprobar
consent-reject = No aprobar
consent-remembered = Recordaremos su decisión sobre { $client }. Puede retirarla en su cuenta en cualquier momento.
consent-once = Esta decisión vale una sola vez. { $client } volverá a preguntarle la próxima vez.

# Lo que permiten los ámbitos estándar. Siguen a «quiere».
scope-openid = confirmar quién es usted
scope-profile = ver su nombre y su perfil básico
scope-email = ver su correo electrónico
scope-address = ver su dirección postal
scope-phone = ver su número de teléfono
scope-offline_access = mantener este acceso en su ausencia
# El ámbito predeterminado, si el administrador no tiene palabras para él.
default-scope = tener un acceso básico a su cuenta
# Un ámbito dinámico: sus palabras y de qué se trata.
scope-with-value = { $scope }: { $value }

## Cierre de sesión

sign-out-title = ¿Cerrar la sesión?
sign-out-lead = Se cerrará su sesión de { $brand } en este navegador.
sign-out-lead-client = { $client } ha pedido cerrar su sesión. Se cerrará su sesión de { $brand } en este navegador.
sign-out-submit = Cerrar sesión
sign-out-stay = Mantener la sesión
signed-out-title = Ha cerrado la sesión
signed-out-lead = Su sesión de { $brand } en este navegador ha terminado.
signed-out-note = ¿Usa un ordenador compartido? Cierre también la ventana del navegador.

## De vuelta a la aplicación

form-post-title = Un momento
form-post-lead = Si no ocurre nada, seleccione «{ $button }».

## Página de error

error-details = Datos para el servicio de asistencia
error-detail = Qué ha ocurrido
error-reference = Referencia

error-request-title = Este enlace no funciona
error-request-message = La aplicación ha enviado una solicitud que no podemos aceptar. Vuelva atrás e inténtelo de nuevo. Si el problema continúa, avise a los responsables de la aplicación.
error-client-title = No conocemos esta aplicación
error-client-message = La aplicación que le ha traído aquí no está registrada con nosotros o se ha desactivado.
error-redirect-title = Nos hemos detenido por su seguridad
error-redirect-message = La aplicación quería enviarle a una dirección que no ha registrado. No hemos enviado nada.
error-expired-title = Esta página ha caducado
error-expired-message = Por su seguridad, las páginas de inicio de sesión solo permanecen abiertas poco tiempo. Vuelva a la aplicación y empiece de nuevo.
error-used-title = Este paso ya está hecho
error-used-message = Este inicio de sesión ya ha terminado. Vuelva a la aplicación para continuar.
error-browser-title = No reconocemos este navegador
error-browser-message = Este inicio de sesión empezó en otro navegador, o las cookies están bloqueadas. Permita las cookies y empiece de nuevo desde la aplicación.
error-csrf-title = Inténtelo de nuevo
error-csrf-message = No hemos podido confirmar que la solicitud viniera de esta página. Vuelva atrás, recargue la página e inténtelo otra vez.
error-denied-title = No tiene acceso
error-denied-message = Su cuenta no puede usar esta aplicación. Si cree que debería poder, consulte a sus responsables.
error-sign-out-title = No hemos podido cerrar su sesión
error-sign-out-message = La solicitud de cierre de sesión no era válida. Por seguridad, cierre el navegador.
error-not-found-title = Aquí no hay nada
error-not-found-message = Puede que la dirección esté mal escrita o que la página se haya movido.
error-method-title = Esta página no se abre así
error-method-message = La solicitud era de un tipo que esta página no acepta. Vuelva atrás e inténtelo de nuevo.
error-too-large-title = Ha sido demasiado
error-too-large-message = Se ha enviado más de lo que esta página puede aceptar. Vuelva atrás e inténtelo con menos.
error-busy-title = Demasiadas solicitudes
error-busy-message = Hemos recibido demasiadas solicitudes suyas. Espere un momento e inténtelo de nuevo.
error-server-title = Algo ha fallado
error-server-message = El problema es nuestro y ya lo hemos anotado. Inténtelo de nuevo en un momento.
error-unavailable-title = Volvemos enseguida
error-unavailable-message = El servicio no está disponible en este momento. Inténtelo de nuevo en unos minutos.

## Errores junto a un formulario

error-credentials = El nombre de usuario o la contraseña no son correctos. Compruebe ambos e inténtelo de nuevo.
error-locked = Demasiados intentos. Espere unos minutos antes de volver a intentarlo.
error-code = Ese código no es correcto. Compruebe el más reciente e inténtelo de nuevo.
error-code-expired = Ese código ha caducado. Introduzca el más reciente.
error-code-used = Ese código ya se ha usado. Espere al siguiente.
error-too-many-codes = Demasiados códigos incorrectos. Espere unos minutos antes de volver a intentarlo.
error-code-not-sent = No hemos podido enviar el código. Inténtelo de nuevo en un momento.
error-assertion = No se ha podido confirmar con esa llave de acceso. Inténtelo de nuevo o confirme de otra manera.
error-code-too-soon = Acabamos de enviar un código. Espere medio minuto, por favor.
error-code-too-many-sent = Por ahora no podemos enviar más códigos. Confirme de otra manera o inténtelo más tarde.
error-field-missing = Rellene todos los campos.
error-scope-required = Elija qué quiere permitir o seleccione «No permitir».
error-password-current = Su contraseña actual no es correcta.
error-password-mismatch = Las dos contraseñas nuevas no coinciden.
error-password-short = Su nueva contraseña debe tener al menos { $min } caracteres.
error-password-long = Su nueva contraseña puede tener como máximo { $max } caracteres.
error-password-same = Su nueva contraseña debe ser distinta de la actual.
error-password-common = Esa contraseña es demasiado fácil de adivinar. Elija otra.
error-password-policy = Esa contraseña no cumple las reglas. Elija otra.
error-name-taken = Ese nombre de usuario está ocupado. Elija otro.
error-name-refused = Ese nombre no sirve. Elija otro.
error-address-refused = Eso no es una dirección de correo.
error-confirm-needed = Confirme su identidad: con su contraseña o iniciando sesión de nuevo.
error-method-known = Ese ya lo ha añadido.
error-recovery-alone = Añada antes otro método: los códigos de recuperación lo sustituyen.
error-method-full = No puede tener más métodos. Elimine uno para añadir otro.
error-method-name = Un nombre tiene de 1 a 64 caracteres, todos visibles.
error-method-target = No podemos enviar códigos ahí. Compruébelo.
error-method-passkey = Esa llave no se ha aceptado. Inténtelo de nuevo.
error-method-last = Lo necesita para iniciar sesión. Añada otro antes de eliminarlo.
error-device-needed = Acaba de confirmar con este, o lo necesita para iniciar sesión: se queda.
error-session-gone = La sesión de ese dispositivo ya está cerrada.
error-browser-gone = Ese navegador ya no es de confianza.
error-grant-gone = Esa aplicación ya no tiene acceso.
error-form-stale = Esta página ha estado abierta demasiado tiempo. Inténtelo de nuevo.
failure-denied = El inicio de sesión se canceló o no se permitió.
failure-interaction = Debe volver a iniciar sesión. Vuelva a la aplicación y empiece de nuevo.

## Lo que se ha hecho

flash-password-changed = Su contraseña se ha cambiado.
flash-method-added = Su nuevo método está listo.
flash-method-renamed = El nuevo nombre se ha guardado.
flash-method-default = A partir de ahora se lo pediremos primero.
flash-method-removed = El método se ha eliminado.
flash-code-sent = Hemos enviado un código nuevo.
flash-session-revoked = Se ha cerrado la sesión en ese dispositivo.
flash-browser-forgotten = Ese navegador ya no es de confianza.
flash-sessions-revoked = { $count ->
    [0] No había sesiones en otros dispositivos.
    [one] Se ha cerrado la sesión en otro dispositivo.
   *[other] Se ha cerrado la sesión en otros { $count } dispositivos.
}
flash-grant-revoked = { $client } ya no tiene acceso a su cuenta.

## Cuenta

account-nav = Cuenta
account-overview = Resumen
account-password = Contraseña
account-devices = Métodos de acceso
account-sessions = Dispositivos
account-grants = Aplicaciones

overview-title = Su cuenta
overview-hello = Hola, { $name }
overview-lead = Todo sobre su inicio de sesión, en un solo lugar.
overview-security = Inicio de sesión y seguridad
overview-devices-on = { $count ->
    [one] Confirma su identidad de una forma más.
   *[other] Puede confirmar su identidad de { $count } formas más.
}
overview-devices-off = Añada un segundo paso para un acceso más seguro.
overview-sessions = Dónde tiene la sesión iniciada ahora.
overview-grants = Qué puede usar su cuenta.

password-title = Cambiar su contraseña
password-lead = Elija una que no use en ningún otro sitio.
password-changed = Último cambio: { $when }
password-never-changed = Nunca se ha cambiado
password-current = Contraseña actual
password-new = Contraseña nueva
password-confirm = Repita la contraseña nueva
password-hint = Al menos { $min } caracteres. Unas cuantas palabras sin relación son seguras y fáciles de recordar.
password-note = Al cambiar la contraseña se cierra su sesión en todos los demás dispositivos.
password-submit = Cambiar contraseña

totp-scan-title = Escanee este código
totp-scan-text = Abra su aplicación de autenticación, añada una cuenta y apunte aquí con la cámara.
totp-qr-label = Código QR con su clave de configuración
totp-open = Abrir en una aplicación de este dispositivo
totp-secret = O introduzca esta clave:
totp-copy = Copiar la clave
totp-confirm-title = Confirme que funciona
totp-code-hint = Los seis dígitos que muestra ahora su aplicación.
totp-submit = Activar

## Con qué se confirma quién se es. Cada clase: su nombre y para qué sirve.

methods-title = Métodos de acceso
methods-lead = Cómo confirma su identidad, además de la contraseña.
methods-yours = Sus métodos
methods-add = Añadir un método
methods-empty-title = Aún no hay nada configurado
methods-empty-text = Añada un método abajo y se lo pediremos al iniciar sesión.
method-passkey = Llave de acceso
method-hint-passkey = Inicie sesión con la huella, la cara o el bloqueo de pantalla, sin contraseña.
method-lead-passkey = El navegador le pide la huella, la cara o el bloqueo de pantalla, y guarda la llave para usted.
method-security-key = Llave de seguridad
method-hint-security-key = Una llave pequeña que se enchufa o se acerca al teléfono.
method-lead-security-key = Tenga la llave a mano. El navegador le dirá cuándo enchufarla y tocarla.
method-totp = Aplicación de autenticación
method-hint-totp = Un código de una aplicación en su teléfono.
method-email = Códigos por correo
method-hint-email = Enviamos un código a su buzón.
method-sms = Códigos por SMS
method-hint-sms = Enviamos un código a su teléfono.
method-voice = Códigos por llamada
method-hint-voice = Le llamamos y leemos un código.
method-face = Rostro
method-hint-face = Su cámara le reconoce, en este navegador.
method-recovery = Códigos de recuperación
method-hint-recovery = Códigos en papel, para cuando no tenga otra cosa a mano.
method-authenticator = Aplicación de aprobación
method-hint-authenticator = Su teléfono, u otro navegador, le pregunta, y usted lo aprueba allí.
method-unfinished = No se conectó. Lo que se le mostró no se muestra dos veces: añádala de nuevo.
method-default = Se pide primero
method-pending = Sin terminar
method-added = Añadido el { $when }
method-used = Usado por última vez el { $when }
method-unused = Sin usar todavía
method-left = { $count ->
    [one] Queda un código
   *[other] Quedan { $count } códigos
}
method-name = Nombre
method-name-hint = Para que lo reconozca. Puede dejarlo vacío.
method-number = Número de teléfono
method-number-hint = Con el prefijo del país, por ejemplo +34 91 123 45 67.
method-create = Continuar
method-cancel = No añadirlo
method-passkey-failed = No ha funcionado, o este dispositivo ya tiene una llave de acceso suya. Inténtelo de nuevo.
method-rename = Guardar nombre
method-prefer-text = Pedirlo primero al iniciar sesión.
method-prefer = Pedir primero
method-remove-title = Eliminar
method-remove-text = Ya no podrá confirmar su identidad con él.
method-remove = Eliminar
confirm-fresh = Acaba de iniciar sesión: no hay nada más que confirmar.
confirm-sign-on = Iniciar sesión de nuevo para confirmar su identidad
recovery-new = Recibe diez códigos. Cada uno sirve una vez, en lugar de sus otros métodos.
recovery-replace = Recibe diez códigos nuevos. Los anteriores dejarán de servir.
recovery-submit = Crear códigos nuevos
recovery-shown-title = Sus códigos de recuperación
recovery-shown-lead = Imprímalos o apúntelos ahora: no podemos volver a mostrarlos. Cada uno sirve una vez.
recovery-done = Los he guardado
recovery-copy = Copiar
recovery-print = Imprimir

sessions-title = Sus dispositivos
sessions-lead = Estos navegadores tienen iniciada la sesión en su cuenta. Cierre la sesión en los que no reconozca.
sessions-current = Este dispositivo
sessions-seen = Última actividad: { $when }
sessions-created = Inicio de sesión: { $when }
sessions-revoke = Cerrar sesión
sessions-revoke-label = Cerrar sesión en { $device }
sessions-revoke-others = Cerrar sesión en los demás dispositivos
sessions-only-this = Solo tiene la sesión iniciada en este dispositivo.
sessions-empty-title = Ningún dispositivo activo
sessions-empty-text = Cuando inicie sesión, el dispositivo aparecerá aquí.
trusted-title = Navegadores de confianza
trusted-lead = En estos navegadores suele bastar su contraseña. Retire la confianza a los que no reconozca.
trusted-until = De confianza hasta { $when }
trusted-since = De confianza desde { $when }
trusted-forget = Dejar de confiar
trusted-forget-label = Dejar de confiar en { $device }

grants-title = Aplicaciones
grants-lead = Estas aplicaciones pueden usar su cuenta tal como usted lo ha permitido.
grants-created = Permitida: { $when }
grants-used = Último uso: { $when }
grants-revoke = Retirar acceso
grants-revoke-label = Retirar acceso a { $client }
grants-empty-title = Aún no hay aplicaciones
grants-empty-text = Cuando permita que una aplicación use su cuenta, aparecerá aquí.

## Fechas. $day y $month son números, $year es un texto, $time es un texto como 14:05, siempre en UTC.

date-month = { $month ->
    [1] enero
    [2] febrero
    [3] marzo
    [4] abril
    [5] mayo
    [6] junio
    [7] julio
    [8] agosto
    [9] septiembre
    [10] octubre
    [11] noviembre
   *[12] diciembre
}
date-time = { $day } de { $name } de { $year } a las { $time } UTC

device-code-title = Conectar un dispositivo
device-code-lead = Introduzca el código que muestra su dispositivo.
device-code = Código
device-confirm-title = ¿Es este su dispositivo?
device-confirm-lead = { $client } pide acceso desde un dispositivo. Compruebe que el dispositivo que tiene delante muestra este código.
device-confirm-note = ¿Alguien le ha enviado un enlace a esta página? Entonces es su dispositivo: no continúe.
device-confirm = Sí, es mi dispositivo
device-refuse = No, rechazar
device-allowed-title = Su dispositivo está conectado
device-allowed-lead = Puede volver a él y cerrar esta página.
device-denied-title = No se ha conectado nada
device-denied-lead = El dispositivo no obtiene acceso. Puede cerrar esta página.
error-device-code = Ningún dispositivo espera con ese código. Compruébelo e inténtelo de nuevo.

## El autenticador

pair-title = Conecte su teléfono
pair-lead = Tiene { $minutes } minutos.
pair-text = Escanee esto con la cámara de su teléfono y abra el enlace. Después toque «Conectar».
pair-qr-label = Código QR con el enlace
pair-here = Usar este dispositivo
pair-key = O escriba esto donde la aplicación lo pida:
pair-copy = Copiar
pair-waiting = Esperando a su teléfono…
authenticator-title = Autenticador
authenticator-lead = Apruebe aquí inicios de sesión y pagos.
authenticator-unsupported = Este navegador no puede guardar una clave aquí. Use un navegador actual, una conexión segura y no una ventana privada.
authenticator-ready = ¿Conectar este dispositivo?
authenticator-paired = Este dispositivo está conectado.
authenticator-not-paired = Ese enlace no sirve. Ya se usó o es demasiado antiguo: empiece de nuevo en la página de su cuenta.
authenticator-approved = Aprobado.
authenticator-denied = Rechazado. Si no lo empezó usted, puede que alguien sepa su contraseña: cámbiela.
authenticator-over = Ya no se puede responder.
authenticator-wrong-number = Es otro número. Mírelo otra vez.
authenticator-wrong-numbers = Demasiados números equivocados. Empiece de nuevo donde estaba.
authenticator-unreachable = No se nos pudo contactar. Inténtelo de nuevo.
authenticator-changed = Lo que se muestra no es lo que se firmaría. No lo apruebe.
authenticator-lost = Ya no está conectado
authenticator-removing = ¿Quitar esta cuenta de este dispositivo? Quite también el dispositivo de sus métodos de acceso.
authenticator-notified = Se le avisará.
authenticator-not-notified = Su navegador no permite avisos aquí. Mantenga esta página abierta para que se le pregunte.
authenticator-nothing = Nada que aprobar. Mantenga esta página abierta.
authenticator-notify = Avisarme cuando esté cerrada
authenticator-accounts = Cuentas
authenticator-add = Conectar una cuenta
authenticator-link = Enlace o clave
authenticator-link-hint = En la página de su cuenta, en los métodos de acceso.
authenticator-connect = Conectar
authenticator-application = Aplicación
authenticator-account = Cuenta
authenticator-place = Desde
authenticator-time = A las
authenticator-number = Número en la otra pantalla
authenticator-approve = Aprobar
authenticator-deny = Rechazar
authenticator-remove = Quitar

## Configurar un segundo paso por el camino

set-up-title = Configurar un segundo paso
set-up-lead-required = Para continuar necesita un segundo paso además de la contraseña. Elija el que le convenga: más adelante puede añadir otros.
set-up-lead-offered = Un segundo paso protege su cuenta aunque alguien averigüe su contraseña. Configurarlo lleva un minuto.
set-up-skip = Ahora no
set-up-other = Elegir otro método
set-up-paired = Su teléfono está conectado.
set-up-done-title = Su segundo paso está listo
set-up-done-lead = Se lo pediremos cuando inicie sesión.
manage-devices-ask = Cambiar mis dispositivos
manage-devices-next = En cuanto confirme que es usted, podrá cambiar sus dispositivos.
manage-devices-title = Sus formas de confirmar
manage-devices-lead = Elija qué pedimos primero, o elimine lo que ya no use.
manage-devices-first = Pedir primero

## Contraseña que pronto será demasiado antigua

password-expires-title = Su contraseña está a punto de caducar
password-expires-lead = { $days ->
    [one] Es válida un día más. Cámbiela ahora o más tarde.
   *[other] Es válida { $days } días más. Cámbiela ahora o más tarde.
}
password-expires-in = { $days ->
    [one] en un día
   *[other] en { $days } días
}
password-expires-change = Cambiar ahora
password-expires-later = Más tarde
