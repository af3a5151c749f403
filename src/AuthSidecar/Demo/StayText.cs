using AuthSidecar.Hosting;

namespace AuthSidecar.Demo;

/// <summary>What to try while the demo stays. The secrets stand in files, so that they are neither on the screen nor in the shell's history.</summary>
internal static class StayText
{
    public static async Task WriteAsync(TextWriter output, DemoWorld world, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(world.Directory.File("key"), world.Keys.Good.Token, cancellationToken);
        await File.WriteAllTextAsync(world.Directory.File("gateway-key"), world.Secrets.GatewayKey, cancellationToken);
        foreach (var line in world.Envoy is { } envoy ? WithEnvoy(world, envoy) : [])
        {
            await output.WriteLineAsync(line);
        }

        await output.WriteLineAsync($"""

            Check      {world.Sidecar.Addresses[Listener.Check]}
            Companion  {world.Sidecar.Addresses[Listener.Companion]}
            Probes     {world.Sidecar.Addresses[Listener.Console]}/readyz
            Upstream   {world.Upstream.Address.GetLeftPart(UriPartial.Authority)}
            Logs       {world.Directory.FullName}

            Everything stays until Ctrl+C.
            """);
        await output.FlushAsync(cancellationToken);
    }

    private static IEnumerable<string> WithEnvoy(DemoWorld world, EnvoyProcess envoy)
    {
        var address = envoy.Address.GetLeftPart(UriPartial.Authority);
        var key = $"$(cat {world.Directory.File("key")})";
        const string Chat = """-H 'content-type: application/json' -d '{"model":"demo","messages":[]}'""";
        yield return "";
        yield return $"""curl {address}/openai/v1/chat/completions -H "authorization: Bearer {key}" {Chat}""";
        yield return $"""curl {address}/anthropic/v1/messages -H "x-api-key: {key}" {Chat}""";
        yield return $"""curl {address}/openai/v1/models -H "x-authsidecar-gateway-key: $(cat {world.Directory.File("gateway-key")})" """
            + $"""-H "x-authsidecar-delegated-key-id: {world.Keys.Good.Key.Id}" -H "x-authsidecar-source: curl" """.TrimEnd();
        yield return $"""curl -i {address}/app/documents""";
        yield return "";
        yield return $"Envoy      {address}";
        yield return $"Admin      {envoy.AdminAddress.GetLeftPart(UriPartial.Authority)}";
    }
}
