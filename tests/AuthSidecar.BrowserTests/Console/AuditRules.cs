namespace AuthSidecar.BrowserTests.Console;

/// <summary>Rules of an accessibility audit.</summary>
internal enum AuditRules
{
    /// <summary>WCAG 2.2 AA.</summary>
    All,

    /// <summary>Those whose result depends on colours.</summary>
    Colours,
}
