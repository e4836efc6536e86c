# Writes ml.json: lmer's maximum-likelihood fits of the Gaussian models of fits.json, and both criteria of models
# with weights, an offset or an estimate on the boundary. Run as: cd tests/reference && Rscript ml.R
suppressMessages({library(lme4); library(jsonlite)})

tables <- fromJSON("data.json", simplifyVector = FALSE)$datasets
load_data <- function(name) {
  data <- read.csv(file.path("data", paste0(name, ".csv")), colClasses = "character", na.strings = "",
                   check.names = FALSE)
  for (column in tables[[name]]$columns) {
    x <- data[[column$name]]
    data[[column$name]] <- switch(column$type,
      factor = factor(x, levels = unlist(column$levels)),
      ordered = factor(x, levels = unlist(column$levels), ordered = TRUE),
      integer = as.integer(x), numeric = as.numeric(x), logical = as.logical(x), x)
  }
  data
}

# The optimum, not where a default tolerance stops: bobyqa from several starts, the best one kept.
best <- function(formula, data, reml, weights) {
  data$.w <- if (is.null(weights)) rep(1, nrow(data)) else data[[weights]]
  control <- lmerControl(optimizer = "bobyqa", calc.derivs = FALSE,
                         optCtrl = list(rhoend = 1e-10, maxfun = 1e5), check.conv.singular = "ignore")
  fit <- lmer(formula, data, REML = reml, weights = .w, control = control)
  for (scale in c(0.1, 0.5, 2)) {
    theta <- ifelse(getME(fit, "lower") == 0, scale, 0)
    other <- update(fit, start = theta)
    if (deviance(other, REML = reml) < deviance(fit, REML = reml)) fit <- other
  }
  fit
}

record <- function(dataset, formula, reml = FALSE, weights = NULL) {
  fit <- best(as.formula(formula), load_data(dataset), reml, weights)
  coefficients <- coef(summary(fit))
  list(
    dataset = unbox(dataset), formula = unbox(formula), weights = unbox(if (is.null(weights)) NA else weights),
    reml = unbox(reml), is_singular = unbox(isSingular(fit, tol = 1e-4)),
    logLik = unbox(as.numeric(logLik(fit))), sigma = unbox(sigma(fit)),
    fixef = data.frame(name = rownames(coefficients), estimate = unname(coefficients[, 1]),
                       se = unname(coefficients[, 2])),
    varcorr = lapply(names(VarCorr(fit)), function(name) {
      v <- VarCorr(fit)[[name]]
      list(term_group = unbox(name), columns = rownames(v), sd = unname(attr(v, "stddev")),
           cor = unname(attr(v, "correlation")))
    }),
    ranef = lapply(names(ranef(fit, condVar = FALSE)), function(name) {
      modes <- ranef(fit, condVar = FALSE)[[name]]
      list(group = unbox(name), columns = names(modes), levels = rownames(modes), mode = unname(as.matrix(modes)))
    })
  )
}

fits <- fromJSON("fits.json", simplifyVector = FALSE)$fits
fits <- Filter(function(r) r$family == "gaussian" && r$variance_split_identifiable, fits)
records <- lapply(fits, function(r) record(r$dataset, r$formula))
more <- list(
  list("Pastes", "strength ~ 1 + (1 | cask)"),                               # a standard deviation of zero
  list("Orthodont", "distance ~ age + Sex + (age + I(age^2) | Subject)"),
  list("sleepstudy", "Reaction ~ Days + I(Days^2) + (Days + I(Days^2) | Subject)"),
  list("sleepstudy", "Reaction ~ Days + offset(10 * Days) + (Days | Subject)"),
  list("cbpp", "I(incidence/size) ~ period + (1 | herd)", "size"),
  list("nlschools", "lang ~ IQ + (IQ || class)", "GS")
)
for (m in more) for (reml in c(FALSE, TRUE)) {
  records <- c(records, list(record(m[[1]], m[[2]], reml, if (length(m) > 2) m[[3]])))
}
lines <- sapply(records, toJSON, digits = NA, na = "null")
made_with <- list(R = unbox(R.version.string), lme4 = unbox(as.character(packageVersion("lme4"))))
writeLines(c(paste0('{"made_with": ', toJSON(made_with), ', "records": ['),
             paste0(lines, c(rep(",", length(lines) - 1), "")), "]}"), "ml.json")
