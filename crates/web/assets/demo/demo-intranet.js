// Goes on without a click. Without scripts, the button does it.
"use strict";

HTMLFormElement.prototype.submit.call(document.getElementById("ppm"));
