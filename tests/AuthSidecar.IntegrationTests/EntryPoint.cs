using System.Globalization;
using AuthSidecar.IntegrationTests.Usage;

namespace AuthSidecar.IntegrationTests;

/// <summary>The entry point of this assembly when a test starts it as a separate process.</summary>
internal static class EntryPoint
{
    public static async Task Main(string[] arguments)
    {
        if (arguments is [UsageChild.HoldingCommand, var held])
        {
            await UsageChild.HoldAsync(held);
        }

        if (arguments is [UsageChild.Command, var directory, var first, var count, var capacity])
        {
            await UsageChild.RunAsync(
                directory,
                int.Parse(first, CultureInfo.InvariantCulture),
                int.Parse(count, CultureInfo.InvariantCulture),
                int.Parse(capacity, CultureInfo.InvariantCulture)
            );
        }
    }
}
