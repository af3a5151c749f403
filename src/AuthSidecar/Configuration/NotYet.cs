using AuthSidecar.Usage;

namespace AuthSidecar.Configuration;

/// <summary>
/// What the configuration can say and this version cannot do. All of it only lets less through, or is merely absent, so it is a warning.
/// A feature that arrives takes its line away.
/// </summary>
internal static class NotYet
{
    public static void Check(Settings settings, Problems problems)
    {
        var usage = new UsageOptions();
        Warn(settings.Usage.RecordText != usage.RecordText, "Usage:RecordText", "no texts are recorded by this version yet");

        void Warn(bool isUsed, string path, string message)
        {
            if (isUsed)
            {
                problems.Warn(path, message);
            }
        }
    }
}
