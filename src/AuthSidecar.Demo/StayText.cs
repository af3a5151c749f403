using AuthSidecar.Demo.Proxy;
using AuthSidecar.Demo.Setup;
using AuthSidecar.Platform.Hosting;

namespace AuthSidecar.Demo;

/// <summary>
/// Prints commands to try while the demo keeps running.
/// Keys go to files, to keep them off the screen and out of the shell's history; the passwords are typed, so they are printed, once.
/// </summary>
internal static class StayText
{
    public static async Task WriteAsync(TextWriter output, DemoEnvironment environment, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(environment.Directory.File("key"), environment.Keys.Good.Token, cancellationToken);
        await File.WriteAllTextAsync(environment.Directory.File("gateway-key"), environment.Secrets.GatewayKey, cancellationToken);
        foreach (var line in environment.Envoy is { } envoy ? WithEnvoy(environment, envoy) : [])
        {
            await output.WriteLineAsync(line);
        }

        var (admin, person) = await DemoPeople.LetSignInAsync(environment.Sidecar.Services, cancellationToken);
        var console = environment.Sidecar.Addresses[Listener.Console];
        await output.WriteLineAsync(
            $"""

            Console    {console}/ui/login
                       {person.Name} {person.Password} (keys and requests of a person)
                       {admin.Name} {admin.Password} (administrator)
            Login      dotnet run --project src/AuthSidecar -- login --server {console} (a token, approved in the console)

            Check      {environment.Sidecar.Addresses[Listener.Check]}
            Companion  {environment.Sidecar.Addresses[Listener.Companion]}
            Probes     {console}/readyz
            Upstream   {environment.Upstream.Address.GetLeftPart(UriPartial.Authority)}
            Logs       {environment.Directory.FullName}

            Everything keeps running until Ctrl+C.
            """
        );
        await output.FlushAsync(cancellationToken);
    }

    private static IEnumerable<string> WithEnvoy(DemoEnvironment environment, EnvoyProcess envoy)
    {
        var address = envoy.Address.GetLeftPart(UriPartial.Authority);
        var key = $"$(cat {environment.Directory.File("key")})";
        const string Chat = """-H 'content-type: application/json' -d '{"model":"demo","messages":[]}'""";
        yield return "";
        yield return $"""curl {address}/openai/v1/chat/completions -H "authorization: Bearer {key}" {Chat}""";
        yield return $"""curl {address}/anthropic/v1/messages -H "x-api-key: {key}" {Chat}""";
        var gatewayKey = $"$(cat {environment.Directory.File("gateway-key")})";
        yield return $"""curl {address}/openai/v1/models -H "x-authsidecar-gateway-key: {gatewayKey}" """
            + $"""-H "x-authsidecar-delegated-key-id: {environment.Keys.Good.Key.Id}" -H "x-authsidecar-source: curl" """.TrimEnd();
        yield return $"""curl -i {address}/app/documents""";
        yield return "";
        yield return $"Envoy      {address}";
        yield return $"Admin      {envoy.AdminAddress.GetLeftPart(UriPartial.Authority)}";
    }
}
