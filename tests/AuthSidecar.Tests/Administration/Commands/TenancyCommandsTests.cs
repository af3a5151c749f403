using AuthSidecar.Tests.Platform.Storage;

namespace AuthSidecar.Tests.Administration.Commands;

/// <summary><c>tenants</c>, <c>apps</c>, <c>members</c> and <c>groups</c>.</summary>
public sealed class TenancyCommandsTests : IDisposable
{
    private const string Alice = "0f0e0d0c-0b0a-0908-0706-050403020100";

    private readonly TemporaryDirectory _directory = new();
    private readonly CommandRunner _run;

    public TenancyCommandsTests() => _run = new(_directory.Path);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task EachCommand_PrintsItsResult()
    {
        await _run.JsonAsync("users", "create", "alice", "--id", Alice);

        Assert.Equal("""{"id":"acme"}""", await TextAsync("tenants", "create", "acme"));
        Assert.Equal(
            """{"id":"bot","tenant":"acme","mode":"","status":"normal"}""",
            await TextAsync("apps", "create", "bot", "--tenant", "acme")
        );
        Assert.Equal(
            """{"id":"Bot_2-x","tenant":"acme","mode":"private_all","status":"disabled"}""",
            await TextAsync("apps", "create", "Bot_2-x", "--tenant", "acme", "--mode", "private_all", "--status", "disabled")
        );
        Assert.Equal(
            $$"""{"tenant":"acme","user":"alice","userId":"{{Alice}}","role":"member"}""",
            await TextAsync("members", "add", "--tenant", "acme", "--user", "alice")
        );
        Assert.Equal(
            $$"""{"tenant":"acme","user":"alice","userId":"{{Alice}}","role":"owner"}""",
            await TextAsync("members", "add", "--tenant", "acme", "--user", Alice, "--role", "owner")
        );
        Assert.Equal(
            $$"""{"tenant":"acme","user":"alice","userId":"{{Alice}}","role":"owner"}""",
            await TextAsync("members", "remove", "--tenant", "acme", "--user", "alice")
        );
        Assert.Equal("""{"id":"staff"}""", await TextAsync("groups", "create", "staff"));
        Assert.Equal(
            $$"""{"group":"staff","user":"alice","userId":"{{Alice}}"}""",
            await TextAsync("groups", "add", "--group", "staff", "--user", "alice")
        );
        Assert.Equal(
            $$"""{"group":"staff","user":"alice","userId":"{{Alice}}"}""",
            await TextAsync("groups", "remove", "--group", "staff", "--user", "alice")
        );
        Assert.Equal("""{"id":"staff","members":[]}""", await TextAsync("groups", "show", "staff"));
    }

    [Fact]
    public async Task Lists_PrintWhatWasCreated()
    {
        const string Time = @"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ";
        await _run.JsonAsync("users", "create", "alice", "--id", Alice);
        await _run.JsonAsync("users", "create", "bob");
        await _run.JsonAsync("tenants", "create", "globex");
        await _run.JsonAsync("tenants", "create", "acme");
        await _run.JsonAsync("apps", "create", "bot", "--tenant", "acme", "--mode", "private");
        await _run.JsonAsync("apps", "create", "app", "--tenant", "globex");
        await _run.JsonAsync("members", "add", "--tenant", "acme", "--user", "bob");
        await _run.JsonAsync("members", "add", "--tenant", "acme", "--user", "alice", "--role", "owner");
        await _run.JsonAsync("members", "add", "--tenant", "globex", "--user", "alice");
        await _run.JsonAsync("groups", "create", "staff");
        await _run.JsonAsync("groups", "create", "guests");
        await _run.JsonAsync("groups", "add", "--group", "staff", "--user", "alice");

        Assert.Matches(
            $@"\AID +APPS +MEMBERS +CREATED\nacme +1 +2 +{Time}\nglobex +1 +1 +{Time}\n\z",
            (await _run.RunAsync("tenants", "list")).Output
        );
        Assert.Matches(
            """\A\{"items":\[\{"id":"acme","apps":1,"members":2,"createdAt":"[^"]+Z"\},\{"id":"globex",""",
            await TextAsync("tenants", "list")
        );
        Assert.Equal(
            "ID   TENANT  MODE     STATUS\napp  globex  -        normal\nbot  acme    private  normal\n",
            (await _run.RunAsync("apps", "list")).Output
        );
        Assert.Equal(
            """{"items":[{"id":"bot","tenant":"acme","mode":"private","status":"normal"}]}""",
            await TextAsync("apps", "list", "--tenant", "acme")
        );
        Assert.Matches(
            $@"\ATENANT +USER +ID +ROLE\nacme +alice +{Alice} +owner\nacme +bob +\S+ +member\nglobex +alice +{Alice} +member\n\z",
            (await _run.RunAsync("members", "list")).Output
        );
        Assert.Equal(
            $$"""{"items":[{"tenant":"acme","user":"alice","userId":"{{Alice}}","role":"owner"}]}""",
            await TextAsync("members", "list", "--tenant", "acme", "--user", "alice")
        );
        Assert.Matches($@"\AID +MEMBERS +CREATED\nguests +0 +{Time}\nstaff +1 +{Time}\n\z", (await _run.RunAsync("groups", "list")).Output);
        Assert.Matches(
            """\A\{"items":\[\{"id":"staff","members":1,"createdAt":"[^"]+Z"\}\]\}\z""",
            await TextAsync("groups", "list", "--user", Alice)
        );
        Assert.Equal(
            $"USER   ID                                    STATUS\nalice  {Alice}  active\n",
            (await _run.RunAsync("groups", "show", "staff")).Output
        );
        Assert.Equal(
            $$"""{"id":"staff","members":[{"user":"alice","userId":"{{Alice}}","status":"active"}]}""",
            await TextAsync("groups", "show", "staff")
        );
    }

    [Theory]
    [InlineData("tenants")]
    [InlineData("apps")]
    [InlineData("members")]
    [InlineData("groups")]
    [InlineData("budgets")]
    [InlineData("prices")]
    public async Task Lists_OfAnEmptyStore_AreEmpty(string command) => Assert.Equal("""{"items":[]}""", await TextAsync(command, "list"));

    [Theory]
    [InlineData("tenant_exists", "tenants", "create", "acme")]
    [InlineData("app_exists", "apps", "create", "bot", "--tenant", "acme")]
    [InlineData("app_exists", "apps", "create", "bot", "--tenant", "globex", "--status", "disabled")]
    [InlineData("unknown_tenant", "apps", "create", "new", "--tenant", "none")]
    [InlineData("unknown_tenant", "members", "add", "--tenant", "none", "--user", "alice")]
    [InlineData("unknown_user", "members", "add", "--tenant", "acme", "--user", "bob")]
    [InlineData("unknown_member", "members", "remove", "--tenant", "acme", "--user", "alice")]
    [InlineData("unknown_member", "members", "remove", "--tenant", "none", "--user", "alice")]
    [InlineData("unknown_user", "members", "remove", "--tenant", "acme", "--user", "bob")]
    [InlineData("group_exists", "groups", "create", "staff")]
    [InlineData("unknown_group", "groups", "add", "--group", "none", "--user", "alice")]
    [InlineData("unknown_user", "groups", "add", "--group", "staff", "--user", "bob")]
    [InlineData("unknown_group_member", "groups", "remove", "--group", "none", "--user", "alice")]
    [InlineData("unknown_group_member", "groups", "remove", "--group", "guests", "--user", "alice")]
    [InlineData("unknown_user", "groups", "remove", "--group", "staff", "--user", "bob")]
    [InlineData("unknown_group", "groups", "show", "none")]
    [InlineData("unknown_user", "groups", "list", "--user", "bob")]
    [InlineData("unknown_tenant", "apps", "list", "--tenant", "none")]
    [InlineData("unknown_tenant", "members", "list", "--tenant", "none")]
    [InlineData("unknown_user", "members", "list", "--user", "bob")]
    [InlineData("group_member_exists", "groups", "add", "--group", "staff", "--user", "alice")]
    public async Task InvalidValues_AreRefused(string code, params string[] words)
    {
        await _run.JsonAsync("users", "create", "alice");
        await _run.JsonAsync("tenants", "create", "acme");
        await _run.JsonAsync("tenants", "create", "globex");
        await _run.JsonAsync("apps", "create", "bot", "--tenant", "acme");
        await _run.JsonAsync("groups", "create", "staff");
        await _run.JsonAsync("groups", "create", "guests");
        await _run.JsonAsync("groups", "add", "--group", "staff", "--user", "alice");

        var failure = await _run.FailAsync(words);

        Assert.Equal((1, code), (failure.ExitCode, failure.Code));
    }

    [Theory]
    [InlineData("tenants", "create", "")]
    [InlineData("tenants", "create", "a.b")]
    [InlineData("tenants", "create", "a b")]
    [InlineData("tenants", "create", "é")]
    [InlineData("tenants", "create", "acme\n")]
    [InlineData("tenants", "create", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("tenants", "create")]
    [InlineData("apps", "create", "bot")]
    [InlineData("apps", "create", "b/t", "--tenant", "acme")]
    [InlineData("apps", "create", "bot", "--tenant", "a/b")]
    [InlineData("apps", "create", "bot", "--tenant", "acme", "--mode", "any body")]
    [InlineData("apps", "create", "bot", "--tenant", "acme", "--mode", "")]
    [InlineData("apps", "create", "bot", "--tenant", "acme", "--status", "gone")]
    [InlineData("members", "add", "--tenant", "acme")]
    [InlineData("members", "add", "--tenant", "acme", "--user", "alice", "--role", "a b")]
    [InlineData("groups", "create", "a:b")]
    [InlineData("groups", "add", "--group", "staff")]
    [InlineData("groups", "remove", "--user", "alice")]
    [InlineData("groups", "show")]
    [InlineData("groups", "list", "staff")]
    [InlineData("tenants", "list", "--tenant", "acme")]
    [InlineData("apps", "list", "--tenant", "a.b")]
    [InlineData("apps", "list", "--tenant")]
    [InlineData("members", "list", "--tenant", "")]
    public async Task UnknownArguments_AreUsageErrors(params string[] words)
    {
        var (exitCode, code, message) = await _run.FailAsync(words);

        Assert.Equal(64, exitCode);
        Assert.Contains(code, new[] { "usage", "invalid_argument" });
        Assert.NotEmpty(message);
    }

    [Fact]
    public async Task LongestId_IsAnId()
    {
        Assert.Equal(new string('a', 64), (await _run.JsonAsync("tenants", "create", new string('a', 64))).GetProperty("id").GetString());
    }

    [Fact]
    public async Task ForPeople_TablesArePrinted()
    {
        await _run.RunAsync("users", "create", "alice", "--id", Alice);
        await _run.RunAsync("tenants", "create", "acme");

        Assert.Equal(
            "ID   TENANT  MODE  STATUS\nbot  acme    -     normal\n",
            (await _run.RunAsync("apps", "create", "bot", "--tenant", "acme")).Output
        );
        Assert.Equal(
            $"TENANT  USER   ID                                    ROLE\nacme    alice  {Alice}  member\n",
            (await _run.RunAsync("members", "add", "--tenant", "acme", "--user", "alice")).Output
        );
    }

    private async Task<string> TextAsync(params string[] words) => (await _run.JsonAsync(words)).GetRawText();
}
