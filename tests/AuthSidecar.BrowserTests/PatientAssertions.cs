using System.Runtime.CompilerServices;
using Microsoft.Playwright;

namespace AuthSidecar.BrowserTests;

/// <summary>Playwright waits five seconds for what a test expects; a machine that runs many tests at once may need longer.</summary>
internal static class PatientAssertions
{
    [ModuleInitializer]
    internal static void SetTimeout() => Assertions.SetDefaultExpectTimeout(60_000);
}
