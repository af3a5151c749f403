using System.Text.Json;
using System.Text.RegularExpressions;
using AuthSidecar.Administration.Settings;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Deployment;

/// <summary>docker-compose.yml agrees with the image and the configurations that it mounts.</summary>
public sealed partial class ComposeTests
{
    private static readonly string Dockerfile = Repository.Text("src", "AuthSidecar", "Dockerfile");
    private static readonly Yaml Compose = Yaml.Parse(Repository.Text("docker-compose.yml"));

    private static Yaml Sidecar => Compose["services"]["authsidecar"];

    private static Yaml Upstream => Compose["services"]["upstream"];

    private static Yaml Proxy => Compose["services"]["envoy"];

    private static IEnumerable<Yaml> Services => Compose["services"].Names.Select(name => Compose["services"][name]);

    [Fact]
    public void EveryContainer_IsReadOnly_WithoutRootOrCapabilities() => Assert.All(Services, service =>
        {
            Assert.Equal("true", service["read_only"].Text);
            Assert.Equal(["ALL"], service["cap_drop"].Texts);
            Assert.Contains("no-new-privileges:true", service["security_opt"].Texts);
            Assert.Matches("^[1-9][0-9]*:[1-9][0-9]*$", service["user"].Text);
        });

    [Fact]
    public void AllServices_ShareTheSidecarsNetwork_AndOnlyEnvoysListenerIsPublishedOnTheLoopback()
    {
        Assert.All(new[] { Upstream, Proxy }, service => Assert.Equal("service:authsidecar", service["network_mode"].Text));
        Assert.Equal([$"127.0.0.1:{ShippedEnvoy.ListenerPort}:{ShippedEnvoy.ListenerPort}"], Sidecar["ports"].Texts);
        Assert.All(new[] { Upstream, Proxy }, service => Assert.Null(service.Find("ports")));
    }

    [Fact]
    public void MountedFiles_Exist_AndTheSidecarsIsWhereItLooks()
    {
        var mounts = Services
            .Where(service => service.Find("volumes") is not null)
            .SelectMany(service => service["volumes"].Texts)
            .Where(mount => mount.StartsWith('.'))
            .Select(mount => mount.Split(':'))
            .ToList();

        Assert.Equal(2, mounts.Count);
        Assert.All(mounts, mount => Assert.True(File.Exists(Repository.File(mount[0])) && mount[2] == "ro", mount[0]));
        Assert.Contains(mounts, mount => mount[1] == Instruction("WORKDIR") + "/authsidecar.json");
    }

    [Fact]
    public void TheUserAndTheDataDirectory_AreTheImages()
    {
        Assert.Equal(Instruction("USER"), Sidecar["user"].Text);
        Assert.Equal(Instruction("USER"), Upstream["user"].Text);
        Assert.Single(Regex.Matches(Dockerfile, "^USER ", RegexOptions.Multiline));
        Assert.Contains($"AUTHSIDECAR_DataDirectory={Instruction("VOLUME")}", Dockerfile);
        Assert.Contains($"--chown={Instruction("USER")} --chmod=0700 /out/data {Instruction("VOLUME")}", Dockerfile);
        Assert.Contains($"data:{Instruction("VOLUME")}", Sidecar["volumes"].Texts);
    }

    [Fact]
    public void TheSocketOfCheck_IsSharedWithEnvoyAlone()
    {
        var directory = Path.GetDirectoryName(ShippedEnvoy.CheckSocket);
        var group = Sidecar["user"].Text.Split(':')[1];

        Assert.Contains($"check:{directory}", Sidecar["volumes"].Texts);
        Assert.Contains($"check:{directory}:ro", Proxy["volumes"].Texts);
        Assert.Null(Upstream.Find("volumes"));
        Assert.Contains($"--chown={Instruction("USER")} --chmod=0750 /out/run {directory}", Dockerfile);
        Assert.Equal([group], Proxy["group_add"].Texts);
        Assert.Equal(Proxy["user"].Text.Split(':')[0], Sidecar["environment"]["AUTHSIDECAR_Listen__CheckPeers__0"].Text);
    }

    [Fact]
    public void TheSidecar_AcceptsItsConfigurationInItsEnvironment()
    {
        var environment = Sidecar["environment"].Names.ToDictionary(name => name, name => Sidecar["environment"][name].Text);
        environment["AUTHSIDECAR_DataDirectory"] = Instruction("VOLUME");

        var result = SettingsLoader.Load(new(Repository.File("envoy", "authsidecar.json"), environment, [], Repository.Root));

        Assert.Empty(result.Errors);
        // Warnings about features that a version does not support yet are independent of the file.
        Assert.All(result.Warnings, warning => Assert.Contains("by this version", warning));
        Assert.Equal(Instruction("VOLUME"), result.Settings!.DataDirectory);
    }

    [Fact]
    public void TheUpstream_ListensWhereEnvoySends()
    {
        Assert.Equal(["/app/authsidecar-demo", "upstream"], EntryPoint("demo-upstream"));
        Assert.Equal(["--listen", $"http://127.0.0.1:{ShippedEnvoy.UpstreamPort}"], Upstream["command"].Texts);
    }

    [Fact]
    public void TheUpstream_IsATargetOfTheSidecarsDockerfile_AndIsNeverPulled()
    {
        Assert.Equal(Sidecar["build"]["dockerfile"].Text, Upstream["build"]["dockerfile"].Text);
        Assert.Equal("demo-upstream", Upstream["build"]["target"].Text);
        Assert.Equal("build", Upstream["pull_policy"].Text);
        Assert.NotEqual(Sidecar["image"].Text, Upstream["image"].Text);
    }

    /// <summary>A build without a target contains the sidecar alone.</summary>
    [Fact]
    public void TheLastStage_IsTheSidecar_WithNothingOfTheDemo()
    {
        var last = Stages[^1];
        var sources = Regex.Matches(last.Text, "^COPY --from=([^ ]+)", RegexOptions.Multiline).Select(match => match.Groups[1].Value);

        Assert.Null(Sidecar["build"].Find("target"));
        Assert.Equal("/app/authsidecar", EntryPoint(last.Name)[0]);
        Assert.Equal(["build"], sources.Distinct());
        Assert.Contains("dotnet restore src/AuthSidecar -p:RestoreLockedMode=true", Stage("build").Text);
        Assert.Contains("dotnet publish src/AuthSidecar -c Release -a \"$TARGETARCH\" --no-self-contained", Stage("build").Text);
        Assert.Contains("dotnet publish src/AuthSidecar.Demo -c", Stage("build-demo").Text);
        Assert.Equal(["runtime", "runtime"], [last.Base, Stage("demo-upstream").Base]);
    }

    [Fact]
    public void Envoy_IsTheReleaseThatWasTried() => Assert.Equal($"envoyproxy/envoy:v{EnvoyBinary.NewestVersion}", Proxy["image"].Text);

    [Fact]
    public void TheSidecar_HasTimeToDrain()
    {
        const int drainSeconds = 15; // the default of Shutdown:DrainSeconds, which authsidecar.json leaves alone

        Assert.DoesNotContain("DrainSeconds", Repository.Text("envoy", "authsidecar.json"));
        Assert.True(int.Parse(Sidecar["stop_grace_period"].Text.TrimEnd('s')) > drainSeconds);
    }

    [Theory, NewestEnvoy]
    public void EnvoysCommand_OpensItsListenerAndNothingElse(EnvoyRelease release)
    {
        var expression = SedExpression().Match(Proxy["command"][0].Text).Groups[1].Value;

        var (exitCode, inContainer) = Programs.Run("sed", [expression, Repository.File("envoy", "envoy.yaml")]);

        Assert.Equal(0, exitCode);
        Assert.StartsWith(
            Path.GetDirectoryName(WrittenFile().Match(Proxy["command"][0].Text).Groups[1].Value) + ":",
            Proxy["tmpfs"][0].Text
        );
        Assert.Equal(
            ShippedEnvoy.Text.Replace(
                $"127.0.0.1, port_value: {ShippedEnvoy.ListenerPort}",
                $"0.0.0.0, port_value: {ShippedEnvoy.ListenerPort}"
            ),
            inContainer
        );
        Assert.NotEqual(ShippedEnvoy.Text, inContainer);
        Assert.Null(EnvoyConfig.Problem(release, inContainer));
    }

    [Fact]
    public void TheImage_IsBuiltFromWhatTheBuildMaySee()
    {
        Assert.Equal("src/AuthSidecar/Dockerfile", Sidecar["build"]["dockerfile"].Text);
        var sources = Regex
            .Matches(Dockerfile, "^COPY (?!--)(.+) [^ ]+$", RegexOptions.Multiline)
            .SelectMany(match => match.Groups[1].Value.Split(' '))
            .ToList();

        Assert.NotEmpty(sources);
        Assert.All(sources, source => Assert.True(Path.Exists(Repository.File(source)), source));
        Assert.All(sources, source => Assert.Contains("!" + source, File.ReadLines(Repository.File(".dockerignore"))));
    }

    private static IReadOnlyList<(string Name, string Base, string Text)> Stages =>
        [.. StageText().Matches(Dockerfile).Select(match => (match.Groups["name"].Value, match.Groups["base"].Value, match.Value))];

    private static (string Name, string Base, string Text) Stage(string name) => Stages.Single(stage => stage.Name == name);

    private static string[] EntryPoint(string stage) =>
        JsonSerializer.Deserialize<string[]>(Regex.Match(Stage(stage).Text, "^ENTRYPOINT (.+)$", RegexOptions.Multiline).Groups[1].Value)!;

    private static string Instruction(string name) =>
        Regex.Matches(Dockerfile, $"^{name} (.+)$", RegexOptions.Multiline)[^1].Groups[1].Value;

    [GeneratedRegex("sed '([^']+)'")]
    private static partial Regex SedExpression();

    [GeneratedRegex(@"^FROM (?<base>\S+) AS (?<name>\S+)$.*?(?=^FROM |\z)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex StageText();

    [GeneratedRegex("> ([^ ]+)")]
    private static partial Regex WrittenFile();
}
