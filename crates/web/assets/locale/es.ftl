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
device-recovery = Uno de sus códigos de recuperación

## Llaves de acceso

passkey-use = Usar una llave de acceso
passkey-waiting = Siga las instrucciones de su navegador.
passkey-failed = No ha funcionado. Inténtelo de nuevo o continúe de otra manera.
passkey-unsupported = Este navegador no puede usar llaves de acceso aquí. Continúe de otra manera.
assertion-title = Confirme con su llave de acceso
assertion-lead = Use su huella, su cara, el bloqueo de pantalla o una llave de seguridad.

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
error-session-gone = La sesión de ese dispositivo ya está cerrada.
error-browser-gone = Ese navegador ya no es de confianza.
error-grant-gone = Esa aplicación ya no tiene acceso.
error-form-stale = Esta página ha estado abierta demasiado tiempo. Inténtelo de nuevo.
failure-denied = El inicio de sesión se canceló o no se permitió.
failure-interaction = Debe volver a iniciar sesión. Vuelva a la aplicación y empiece de nuevo.

## Lo que se ha hecho

flash-password-changed = Su contraseña se ha cambiado.
flash-totp-enabled = Su aplicación de autenticación está configurada.
flash-totp-removed = Su aplicación de autenticación se ha eliminado.
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
account-totp = Aplicación de autenticación
account-sessions = Dispositivos
account-grants = Aplicaciones

overview-title = Su cuenta
overview-hello = Hola, { $name }
overview-lead = Todo sobre su inicio de sesión, en un solo lugar.
overview-security = Inicio de sesión y seguridad
overview-totp-on = Al iniciar sesión, introduce un código de su aplicación.
overview-totp-off = Añada un código de su teléfono para un inicio de sesión más seguro.
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

totp-title = Aplicación de autenticación
totp-lead = Confirme que es usted con un código de una aplicación de su teléfono.
totp-lead-on = Su inicio de sesión está protegido por un código de su teléfono.
totp-scan-title = Escanee este código
totp-scan-text = Abra su aplicación de autenticación, añada una cuenta y apunte aquí con la cámara.
totp-qr-label = Código QR con su clave de configuración
totp-open = Abrir en una aplicación de este dispositivo
totp-secret = O introduzca esta clave:
totp-copy = Copiar la clave
totp-confirm-title = Confirme que funciona
totp-code-hint = Los seis dígitos que muestra ahora su aplicación.
totp-submit = Activar
totp-on = Su aplicación de autenticación está activada
totp-on-text = Cuando inicia sesión en { $brand }, pedimos el código que muestra su aplicación.
totp-remove-title = Eliminar la aplicación
totp-remove-text = Iniciará sesión solo con su contraseña. Para usar un teléfono nuevo, elimine aquí la aplicación y configúrela de nuevo.
totp-remove-submit = Eliminar la aplicación

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
