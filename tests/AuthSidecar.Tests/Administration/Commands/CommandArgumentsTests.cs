using AuthSidecar.Administration.Commands;

namespace AuthSidecar.Tests.Administration.Commands;

public sealed class CommandArgumentsTests
{
    [Fact]
    public void SettingsAndFile_AreExtractedFromAnyPosition()
    {
        var words = CommandArguments.Of([
            "--Listen:Check=http://127.0.0.1:0",
            "keys",
            "create",
            "--config",
            "a.json",
            "--user",
            "U",
            "--DataDirectory=d",
            "--expires",
            "30d",
        ]);

        Assert.Equal("a.json", words.ConfigFile);
        Assert.Equal(["--Listen:Check=http://127.0.0.1:0", "--DataDirectory=d"], words.Overrides);
        Assert.Equal(["keys", "create", "--user", "U", "--expires", "30d"], words.Rest);
        Assert.Empty(words.Errors);
    }

    [Fact]
    public void FileInOneArgument_IsAccepted() => Assert.Equal("a=b.json", CommandArguments.Of(["--config=a=b.json"]).ConfigFile);

    [Fact]
    public void NoArguments_AreNoArguments()
    {
        var words = CommandArguments.Of([]);

        Assert.Null(words.ConfigFile);
        Assert.Empty(words.Rest);
    }

    [Fact]
    public void ConfigCommand_IsNotTheOption() =>
        Assert.Equal(["config", "check", "--json", "-h"], CommandArguments.Of(["config", "check", "--json", "-h"]).Rest);

    [Fact]
    public void ArgumentsAfterTwoDashes_AreUnchanged() =>
        Assert.Equal(["x", "--", "--Auth:Mode=users", "--config"], CommandArguments.Of(["x", "--", "--Auth:Mode=users", "--config"]).Rest);

    [Theory]
    [InlineData("--config", "--config needs a value: name the file after it")]
    [InlineData("--config=", "--config needs a value: name the file after it")]
    [InlineData("--config a --config b", "--config: given twice; keep one")]
    [InlineData("--Auth:Mode users", "--Auth:Mode: a setting is one argument, --Auth:Mode=value")]
    public void WrongArguments_AreErrors(string line, string error) => Assert.Equal([error], CommandArguments.Of(line.Split(' ')).Errors);
}
