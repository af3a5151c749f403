using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport.Servers;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Tests.Administration.Pages;

/// <summary>The person's own pages, over HTTP.</summary>
public sealed partial class OwnPagesTests : IClassFixture<OwnPagesTests.Site>
{
    private static readonly string[] _paths =
    [
        "/ui/me",
        "/ui/me?days=7",
        "/ui/me/api-keys",
        "/ui/me/api-keys/d4dx8u7FwYEr",
        "/ui/me/api-keys/d4dx8u7FwYEr/rotate",
        "/ui/me/api-keys/d4dx8u7FwYEr/revoke",
        "/ui/me/api-keys/zwtktoK2k4Mp/revoke",
        "/ui/me/devices",
        "/ui/me/devices/a7Device01xy/revoke",
        "/ui/me/sessions",
        "/ui/me/sessions/end-others",
        "/ui/me/profile",
        "/ui/me/requests",
        "/ui/me/requests?show=refused&days=90",
        $"/ui/me/requests/{ConsoleSeed.RefusedId}",
        $"/ui/me/requests/{ConsoleSeed.AllowedId}",
    ];

    private readonly ConsoleHost _host;
    private readonly string _alice;

    public OwnPagesTests(Site site) => (_host, _alice) = (site.Host, site.Alice);

    public static TheoryData<string> Paths => [.. _paths];

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task APage_HasItsTitle_OneHeading_AndIsNotStored(string path)
    {
        using var alice = await _host.SignInAsync("alice");
        using var answer = await alice.GetAsync(path);
        var text = await answer.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True(answer.Headers.CacheControl?.NoStore);
        Assert.Matches("<title>[^<]+ · AuthSidecar</title>", text);
        Assert.Single(Heading().Matches(text));
        Assert.DoesNotContain("style=", text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task WithoutASession_APage_LeadsToTheLogin(string path)
    {
        using var nobody = _host.Anonymous();
        using var answer = await nobody.GetAsync(path);

        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.StartsWith("/ui/login?return=", answer.Headers.Location?.OriginalString, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/ui/me/api-keys/d4dx8u7FwYEr")]
    [InlineData("/ui/me/api-keys/d4dx8u7FwYEr/rotate")]
    [InlineData("/ui/me/api-keys/d4dx8u7FwYEr/revoke")]
    [InlineData("/ui/me/api-keys/a7Device01xy")]
    [InlineData("/ui/me/devices/a7Device01xy/revoke")]
    [InlineData("/ui/me/requests/01a2294e47cc7e0d939a44fcbbad3375")]
    [InlineData("/ui/me/api-keys/unknown")]
    public async Task AForeignOrUnknownId_Is404_WithOneText(string path)
    {
        using var bob = await _host.SignInAsync("bob");
        using var foreign = await bob.GetAsync(path);
        using var unknown = await bob.GetAsync(path.Replace("d4dx8u7FwYEr", "aaaaaaaaaaaa", StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
        Assert.Equal(Without(await unknown.Content.ReadAsStringAsync()), Without(await foreign.Content.ReadAsStringAsync()));
        Assert.Contains("No such", await foreign.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AForeignKey_IsNotRevoked()
    {
        using var bob = await _host.SignInAsync("bob");
        _ = await bob.PageAsync("/ui/me/api-keys");
        using var revoke = await bob.PostAsync("/ui/me/api-keys/d4dx8u7FwYEr/revoke");
        using var rotate = await bob.PostAsync("/ui/me/api-keys/d4dx8u7FwYEr/rotate", ("Grace", "0"));

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (revoke.StatusCode, rotate.StatusCode));
        Assert.Null((await KeyAsync("d4dx8u7FwYEr")).RevokedAt);
    }

    [Fact]
    public async Task AllDevicesOfAProgram_AreRevoked_AndNoOthers()
    {
        using var dora = await NewPersonAsync("dora");
        string[] ids = ["dora00000001", "dora00000002", "dora00000003"];
        await using (var context = _host.Store.Open())
        {
            var owner = await context.Users.SingleAsync(user => user.Name == "dora");
            context.ApiKeys.AddRange(
                ids.Select(
                    (id, index) =>
                        new ApiKey
                        {
                            Id = id,
                            Format = KeyFormat.Aso,
                            Hash = Guid.NewGuid().ToByteArray(),
                            UserId = owner.Id,
                            ClientId = index < 2 ? "a-cli" : "b-cli",
                            DeviceLabel = $"device {index}",
                            Scopes = "llm:invoke",
                            CreatedAt = DateTimeOffset.UtcNow,
                        }
                )
            );
            await context.SaveChangesAsync();
        }

        Assert.Contains("Revoke all of a-cli", await dora.PageAsync("/ui/me/devices"), StringComparison.Ordinal);
        var page = await dora.PageAsync("/ui/me/devices/revoke?program=a-cli");
        Assert.Contains("Revoke all devices of", page, StringComparison.Ordinal);
        Assert.Contains("name=\"Count\" value=\"2\"", page, StringComparison.Ordinal);
        using var unknown = await dora.PostAsync("/ui/me/devices/revoke?program=%00", ("Count", "0"));
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        using var changed = await dora.PostAsync("/ui/me/devices/revoke?program=a-cli", ("Count", "1"));
        Assert.Equal(HttpStatusCode.Conflict, changed.StatusCode);
        using var revoked = await dora.PostAsync("/ui/me/devices/revoke?program=a-cli", ("Count", "2"));
        Assert.Equal(HttpStatusCode.SeeOther, revoked.StatusCode);
        using var again = await dora.PostAsync("/ui/me/devices/revoke?program=a-cli", ("Count", "0"));
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
        Assert.NotNull((await KeyAsync(ids[0])).RevokedAt);
        Assert.NotNull((await KeyAsync(ids[1])).RevokedAt);
        Assert.Null((await KeyAsync(ids[2])).RevokedAt);
        Assert.Null((await KeyAsync("a7Device01xy")).RevokedAt);
    }

    [Fact]
    public async Task LinesNameTheGateway_OfTheSetting_ElseAPlaceholder()
    {
        using var erin = await NewPersonAsync("erin");
        Assert.Contains("curl https://your-gateway.example.com/openai/", await erin.PageAsync("/ui/me/api-keys"), StringComparison.Ordinal);
        await using var host = await ConsoleHost.StartAsync(settings =>
            settings["Console"] = new JsonObject { ["GatewayUrl"] = "https://llm.example.org:8443/" }
        );
        await host.AddPersonAsync("erin");
        using var other = await host.SignInAsync("erin");
        Assert.Contains("curl https://llm.example.org:8443/openai/v1/", await other.PageAsync("/ui/me/api-keys"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ANewKey_IsShownOnce_WithLinesThatUseIt_AndIsNotInTheList()
    {
        using var carol = await NewPersonAsync("carol");
        _ = await carol.PageAsync("/ui/me/api-keys");
        using var answer = await PostKeyAsync(carol, "my <script>alert(1)</script>");
        var text = await answer.Content.ReadAsStringAsync();
        var token = Token().Match(text).Groups[1].Value;

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True(answer.Headers.CacheControl?.NoStore);
        Assert.NotEqual("", token);
        Assert.Contains("readonly", text, StringComparison.Ordinal);
        Assert.Contains($"api_key=&quot;{token}&quot;", text, StringComparison.Ordinal);
        Assert.Contains("my &lt;script&gt;alert(1)&lt;/script&gt;", text, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert", text, StringComparison.Ordinal);

        var list = await carol.PageAsync("/ui/me/api-keys");
        Assert.DoesNotContain(token, list, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert", list, StringComparison.Ordinal);
        Assert.Contains("my &lt;script&gt;", list, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFormWithErrors_KeepsWhatWasTyped_AndNamesEachField()
    {
        using var dave = await NewPersonAsync("dave");
        _ = await dave.PageAsync("/ui/me/api-keys");
        using var answer = await dave.PostAsync("/ui/me/api-keys", ("Name", ""), ("Models", "gpt-5* klingon–model"), ("Lifetime", "12"));
        var text = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("<title>Error: Your keys", text, StringComparison.Ordinal);
        Assert.Contains("""<a href="#Name">Enter a name""", text, StringComparison.Ordinal);
        Assert.Contains("""<a href="#Scopes">Choose at least one scope""", text, StringComparison.Ordinal);
        Assert.Contains("""<a href="#Models">""", text, StringComparison.Ordinal);
        Assert.Contains("""<a href="#Lifetime">""", text, StringComparison.Ordinal);
        Assert.Contains("gpt-5* klingon–model", text, StringComparison.Ordinal);
        Assert.Contains("""aria-invalid="true""", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("full")]
    [InlineData("manage")]
    public async Task AForgedScope_IsRefused(string scope)
    {
        using var erin = await NewPersonAsync($"erin-{scope}");
        _ = await erin.PageAsync("/ui/me/api-keys");
        using var answer = await erin.PostAsync(
            "/ui/me/api-keys",
            ("Form", Guid.NewGuid().ToString("N")),
            ("Name", "x"),
            ("Scopes", scope),
            ("Lifetime", Days(90))
        );

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("ask an administrator", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/ui/me/api-keys")]
    [InlineData("/ui/me/api-keys/d4dx8u7FwYEr/rotate")]
    [InlineData("/ui/me/api-keys/d4dx8u7FwYEr/revoke")]
    [InlineData("/ui/me/devices/a7Device01xy/revoke")]
    [InlineData("/ui/me/sessions?handler=End")]
    [InlineData("/ui/me/sessions/end-others")]
    public async Task AForm_WithoutTheTokenOfItsSession_ChangesNothing(string path)
    {
        using var alice = await _host.SignInAsync("alice");
        using var bob = await _host.SignInAsync("bob");
        _ = await bob.PageAsync("/ui/me/api-keys");

        (string, string)[] fields =
        [
            ("Form", Guid.NewGuid().ToString("N")),
            ("Name", "forged"),
            ("Scopes", "llm:invoke"),
            ("Lifetime", Days(90)),
            ("Grace", "0"),
        ];

        using var none = await alice.PostWithAsync(null, path, fields);
        using var foreign = await alice.PostWithAsync(bob.FormToken, path, fields);

        Assert.InRange((int)none.StatusCode, 400, 499);
        Assert.InRange((int)foreign.StatusCode, 400, 499);
        await using var context = _host.Store.Open();
        Assert.False(await context.ApiKeys.AnyAsync(key => key.Name == "forged"));
        Assert.Null((await KeyAsync("d4dx8u7FwYEr")).RevokedAt);
        Assert.Null((await KeyAsync("a7Device01xy")).RevokedAt);
    }

    [Fact]
    public async Task Rotate_ShowsTheNewKeyOnce_AndTheOldOneEndsAfterTheGrace()
    {
        using var frank = await NewPersonAsync("frank");
        _ = await frank.PageAsync("/ui/me/api-keys");
        using var made = await PostKeyAsync(frank, "ci");
        var id = await OnlyKeyAsync("frank");
        _ = await frank.PageAsync($"/ui/me/api-keys/{id}/rotate");

        using var wrong = await frank.PostAsync($"/ui/me/api-keys/{id}/rotate", ("Grace", "5"));
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        using var answer = await frank.PostAsync($"/ui/me/api-keys/{id}/rotate", ("Grace", "3600"), ("Form", Guid.NewGuid().ToString("N")));
        var text = await answer.Content.ReadAsStringAsync();

        Assert.Equal((HttpStatusCode.OK, true), (answer.StatusCode, answer.Headers.CacheControl?.NoStore));
        Assert.NotEqual(Token().Match(await made.Content.ReadAsStringAsync()).Groups[1].Value, Token().Match(text).Groups[1].Value);
        Assert.Contains("another 1 hour", text, StringComparison.Ordinal);
        Assert.InRange((await KeyAsync(id)).ExpiresAt!.Value, DateTimeOffset.UtcNow.AddMinutes(50), DateTimeOffset.UtcNow.AddMinutes(61));
    }

    [Fact]
    public async Task Revoke_LeadsToTheList_AndSaysSo_Once()
    {
        using var grace = await NewPersonAsync("grace");
        _ = await grace.PageAsync("/ui/me/api-keys");
        using var made = await PostKeyAsync(grace, "ci");
        var id = await OnlyKeyAsync("grace");
        _ = await grace.PageAsync($"/ui/me/api-keys/{id}/revoke");
        using var answer = await grace.PostAsync($"/ui/me/api-keys/{id}/revoke");

        Assert.Equal((HttpStatusCode.SeeOther, "/ui/me/api-keys"), (answer.StatusCode, answer.Headers.Location?.OriginalString));
        Assert.NotNull((await KeyAsync(id)).RevokedAt);
        Assert.Contains("Key “ci” is revoked.", WebUtility.HtmlDecode(await grace.PageAsync("/ui/me/api-keys")), StringComparison.Ordinal);
        Assert.DoesNotContain("is revoked.", await grace.PageAsync("/ui/me/api-keys"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Csv_HasTheSumsOfThePage()
    {
        using var alice = await _host.SignInAsync("alice");
        using var answer = await alice.GetAsync("/ui/me?days=7&format=csv");
        var lines = (await answer.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal("text/csv", answer.Content.Headers.ContentType?.MediaType);
        Assert.StartsWith("group,requests", lines[0], StringComparison.Ordinal);
        Assert.Equal(7, lines.Length - 1);
        var requests = lines.Skip(1).Sum(line => long.Parse(line.Split(',')[1], System.Globalization.CultureInfo.InvariantCulture));
        Assert.Contains(
            $"<p class=\"figure\">{requests.ToString("N0", System.Globalization.CultureInfo.InvariantCulture)}</p>",
            await alice.PageAsync("/ui/me?days=7"),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("0")]
    [InlineData("366")]
    [InlineData("-1")]
    [InlineData("abc")]
    [InlineData("1e3")]
    public async Task DaysOutOfBounds_Are400_AndThePageStillShows(string days)
    {
        using var alice = await _host.SignInAsync("alice");
        using var answer = await alice.GetAsync($"/ui/me?days={days}");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("Choose 1 to 365 days.", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Usage_ShowsBudget_Refusals_AndTheKeyThatExpires()
    {
        using var alice = await _host.SignInAsync("alice");
        var text = WebUtility.HtmlDecode(await alice.PageAsync("/ui/me"));

        Assert.Contains("$ 38.20", text, StringComparison.Ordinal);
        Assert.Contains("of $ 50.00, new on 1 ", text, StringComparison.Ordinal);
        Assert.Contains("2 refused", text, StringComparison.Ordinal);
        Assert.Contains("Key “ci-runner” expires in 9 days.", text, StringComparison.Ordinal);
        Assert.DoesNotContain("alice's server", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutAnything_EachPageSaysWhatWouldBeThere()
    {
        using var heidi = await NewPersonAsync("heidi");

        Assert.Contains("No request yet", await heidi.PageAsync("/ui/me"), StringComparison.Ordinal);
        Assert.Contains("curl https://", await heidi.PageAsync("/ui/me"), StringComparison.Ordinal);
        Assert.Contains("No key yet", await heidi.PageAsync("/ui/me/api-keys"), StringComparison.Ordinal);
        Assert.Contains("No device yet", await heidi.PageAsync("/ui/me/devices"), StringComparison.Ordinal);
        Assert.Contains("No request yet", await heidi.PageAsync("/ui/me/requests"), StringComparison.Ordinal);
        Assert.Contains("No linked identity", await heidi.PageAsync("/ui/me/profile"), StringComparison.Ordinal);
        Assert.Contains("signed in only here", await heidi.PageAsync("/ui/me/sessions"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADecisionId_LeadsToItsRequest_ForeignAndUnknownAnswerAlike()
    {
        using var alice = await _host.SignInAsync("alice");
        using var found = await alice.GetAsync($"/ui/me/requests?id=+{Guid.Parse(ConsoleSeed.RefusedId):D}+");
        Assert.Equal(HttpStatusCode.SeeOther, found.StatusCode);
        Assert.Equal($"/ui/me/requests/{ConsoleSeed.RefusedId}", found.Headers.Location?.OriginalString);

        using var bob = await _host.SignInAsync("bob");
        var other = new string('0', 32);
        using var foreign = await bob.GetAsync($"/ui/me/requests?id={ConsoleSeed.RefusedId}");
        using var unknown = await bob.GetAsync($"/ui/me/requests?id={other}");
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (foreign.StatusCode, unknown.StatusCode));
        Assert.Equal(
            Without(await unknown.Content.ReadAsStringAsync()).Replace(other, "", StringComparison.Ordinal),
            Without(await foreign.Content.ReadAsStringAsync()).Replace(ConsoleSeed.RefusedId, "", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task ARefusedRequest_SaysWhy_AndWhatToChange()
    {
        using var alice = await _host.SignInAsync("alice");
        var text = WebUtility.HtmlDecode(await alice.PageAsync($"/ui/me/requests/{ConsoleSeed.RefusedId}"));

        Assert.Contains("Why your request was refused", text, StringComparison.Ordinal);
        Assert.Contains("A budget is spent.", text, StringComparison.Ordinal);
        Assert.Contains("ask an administrator for a higher budget", text, StringComparison.Ordinal);
        Assert.Contains("$ 50.00 of $ 50.00 are spent.", text, StringComparison.Ordinal);
        Assert.Contains("Perhaps refused here", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OneSession_OrAllOthers_End_AndThisOneStays()
    {
        var id = await _host.AddPersonAsync("ivan");
        using var here = await _host.SignInAsync("ivan");
        using var there = await _host.SignInAsync("ivan");
        await ConsoleSeed.AddSessionAsync(_host.Store, id, DateTimeOffset.UtcNow);
        var text = await here.PageAsync("/ui/me/sessions");
        Assert.Contains("Safari on iPhone", text, StringComparison.Ordinal);
        Assert.Equal(2, Regex.Count(text, """name="id" value="""));

        using var end = await here.PostAsync(
            "/ui/me/sessions?handler=End",
            ("id", Regex.Match(text, """name="id" value="([^"]+)""").Groups[1].Value)
        );
        Assert.Equal((HttpStatusCode.SeeOther, "/ui/me/sessions"), (end.StatusCode, end.Headers.Location?.OriginalString));

        _ = await here.PageAsync("/ui/me/sessions/end-others");
        using var others = await here.PostAsync("/ui/me/sessions/end-others");
        Assert.Equal(HttpStatusCode.SeeOther, others.StatusCode);
        Assert.Contains("signed in only here", await here.PageAsync("/ui/me/sessions"), StringComparison.Ordinal);
        using var ended = await there.GetAsync("/ui/me/sessions");
        Assert.Equal(HttpStatusCode.SeeOther, ended.StatusCode);
    }

    [Fact]
    public async Task AnotherPersonsSession_DoesNotEnd()
    {
        using var bob = await _host.SignInAsync("bob");
        using var alice = await _host.SignInAsync("alice");
        await using var context = _host.Store.Open();
        var session = await context
            .Sessions.Where(session => session.UserId == _alice && session.EndedAt == null)
            .OrderByDescending(session => session.Id)
            .FirstAsync();
        _ = await bob.PageAsync("/ui/me/api-keys");
        using var answer = await bob.PostAsync("/ui/me/sessions?handler=End", ("id", session.Id));

        Assert.Contains("Your usage", await alice.PageAsync("/ui/me"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheSameForm_SentAgain_MakesNothing_AndShowsNoSecret()
    {
        using var mallory = await NewPersonAsync("mallory");
        var form = Number().Match(await mallory.PageAsync("/ui/me/api-keys")).Groups[1].Value;
        using var first = await PostKeyAsync(mallory, "ci", form);
        using var again = await PostKeyAsync(mallory, "ci", form);
        using var without = await PostKeyAsync(mallory, "ci", "");

        Assert.Equal(
            (HttpStatusCode.OK, HttpStatusCode.Conflict, HttpStatusCode.Conflict),
            (first.StatusCode, again.StatusCode, without.StatusCode)
        );
        Assert.DoesNotContain("ask_", await again.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        _ = await OnlyKeyAsync("mallory");
    }

    private async Task<ConsoleClient> NewPersonAsync(string name)
    {
        _ = await _host.AddPersonAsync(name);
        return await _host.SignInAsync(name);
    }

    private static Task<HttpResponseMessage> PostKeyAsync(ConsoleClient client, string name, string? form = null) =>
        client.PostAsync(
            "/ui/me/api-keys",
            ("Form", form ?? Guid.NewGuid().ToString("N")),
            ("Name", name),
            ("Scopes", "llm:invoke"),
            ("Lifetime", Days(90))
        );

    private static string Days(int days) => (days * 86_400).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private async Task<ApiKey> KeyAsync(string id)
    {
        await using var context = _host.Store.Open();
        return await context.ApiKeys.AsNoTracking().SingleAsync(key => key.Id == id);
    }

    private async Task<string> OnlyKeyAsync(string user)
    {
        await using var context = _host.Store.Open();
        return (await context.ApiKeys.AsNoTracking().SingleAsync(key => key.User!.Name == user)).Id;
    }

    // Differs from page to page.
    private static string Without(string page) => FormToken().Replace(page, "").Replace("\r", "", StringComparison.Ordinal);

    [GeneratedRegex("""<input name="csrf_token"[^>]*>""")]
    private static partial Regex FormToken();

    [GeneratedRegex("""name="Form" value="([^"]+)""")]
    private static partial Regex Number();

    [GeneratedRegex("<h1")]
    private static partial Regex Heading();

    [GeneratedRegex("""id="secret"[^>]* value="([^"]+)""")]
    private static partial Regex Token();

    /// <summary>alice with a month of usage, bob with nothing.</summary>
    public sealed class Site : IAsyncLifetime
    {
        internal ConsoleHost Host { get; private set; } = null!;

        public string Alice { get; private set; } = "";

        public async Task InitializeAsync()
        {
            Host = await ConsoleHost.StartAsync(settings =>
                settings["Console"] = new JsonObject { ["Keys"] = new JsonObject { ["Scopes"] = new JsonArray("llm:invoke", "app:read") } }
            );
            Alice = await Host.AddPersonAsync("alice");
            _ = await Host.AddPersonAsync("bob");
            await ConsoleSeed.AddUsageAsync(Host.Store, Alice, DateTimeOffset.UtcNow);
        }

        public async Task DisposeAsync() => await Host.DisposeAsync();
    }
}
