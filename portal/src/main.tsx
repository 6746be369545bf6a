import "./style.css";
document.getElementById("portal")!.textContent = "Cordon";
